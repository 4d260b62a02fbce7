// verify DIR: a log written by Mintmark, checked by the Go checksum database's implementation of
// trees and notes, which is where both formats come from. Writes what it makes of the same entries
// to DIR/foreign. Exit 1 and the first thing wrong, or a summary.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	origin    = "interop.example/1"
	size      = 600
	oldSize   = 300
	indexStep = 67
)

var folder string

func check(err error) {
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func expect(ok bool, format string, values ...any) {
	if !ok {
		check(fmt.Errorf(format, values...))
	}
}

func read(name string) []byte {
	content, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	return content
}

func write(name string, content []byte) {
	check(os.WriteFile(filepath.Join(folder, "foreign", name), content, 0o600))
}

func entry(index int64) []byte {
	return []byte(fmt.Sprintf("entry %d", index))
}

// The ECDSA signature type of signed notes, which the package leaves to its users.
type ecdsaVerifier struct {
	name string
	id   uint32
	key  *ecdsa.PublicKey
}

func (v ecdsaVerifier) Name() string    { return v.name }
func (v ecdsaVerifier) KeyHash() uint32 { return v.id }
func (v ecdsaVerifier) Verify(message, signature []byte) bool {
	digest := sha256.Sum256(message)
	return ecdsa.VerifyASN1(v.key, digest[:], signature)
}

func newECDSAVerifier(text string) note.Verifier {
	parts := strings.SplitN(text, "+", 3)
	encoded, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	expect(encoded[0] == 2, "key type %d", encoded[0])
	key, err := x509.ParsePKIXPublicKey(encoded[1:])
	check(err)
	digest := sha256.Sum256(encoded[1:])
	id := binary.BigEndian.Uint32(digest[:])
	expect(parts[1] == fmt.Sprintf("%08x", id), "key id %s", parts[1])
	return ecdsaVerifier{parts[0], id, key.(*ecdsa.PublicKey)}
}

func openCheckpoint(text []byte, verifier note.Verifier, wanted int64) tlog.Hash {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	expect(len(opened.Sigs) == 1, "%d signatures", len(opened.Sigs))
	lines := strings.Split(opened.Text, "\n")
	expect(len(lines) == 4 && lines[0] == origin && lines[3] == "", "text %q", opened.Text)
	expect(lines[1] == strconv.FormatInt(wanted, 10), "size %s, wanted %d", lines[1], wanted)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return root
}

// The tree over the same entries, as this implementation makes it.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

func buildTree() storage {
	var stored storage
	for i := int64(0); i < size; i++ {
		hashes, err := tlog.StoredHashes(i, entry(i), stored)
		check(err)
		stored = append(stored, hashes...)
	}
	return stored
}

// Tiles as files; their paths do not name the height.
type tiles struct{ read int }

func (t *tiles) Height() int                       { return 8 }
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range wanted {
		if last := size >> (8 * tile.L); tile.W < 256 && tile.N == int64(last)/256 {
			tile.W = last % 256 // the log has this partial tile; a prefix of it is asked for
		}
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		contents = append(contents, read(path))
		t.read++
	}
	for i, tile := range wanted {
		contents[i] = contents[i][:tile.W*tlog.HashSize]
	}
	return contents, nil
}

func checkTiles(root tlog.Hash) {
	reader := &tiles{}
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, reader)
	for i := int64(0); i < size; i++ {
		// the reader compares every tile with the root
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
		check(err)
		expect(leaf[0] == tlog.RecordHash(entry(i)), "leaf %d", i)
	}
	expect(reader.read > 0, "no tile read")
	var index int64
	for n := int64(0); n*256 < size; n++ {
		tile := tlog.Tile{H: 8, L: 0, N: n, W: 256}
		if size-n*256 < 256 {
			tile.W = size - int(n)*256
		}
		path := strings.Replace(tile.Path(), "tile/8/0", "tile/entries", 1)
		for rest := read(path); len(rest) > 0; index++ {
			length := int(binary.BigEndian.Uint16(rest))
			expect(bytes.Equal(rest[2:2+length], entry(index)), "%s: entry %d", path, index)
			rest = rest[2+length:]
		}
	}
	expect(index == size, "%d entries", index)
}

func readHashes(text string) []tlog.Hash {
	var hashes []tlog.Hash
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		hash, err := tlog.ParseHash(line)
		check(err)
		hashes = append(hashes, hash)
	}
	return hashes
}

func printHashes(hashes []tlog.Hash) string {
	text := ""
	for _, hash := range hashes {
		text += hash.String() + "\n"
	}
	return text
}

func proofName(index int64) string {
	return fmt.Sprintf("%d.tlog-proof", index)
}

func checkProofs(verifier note.Verifier, root, oldRoot tlog.Hash) {
	for i := int64(0); i < size; i += indexStep {
		parts := strings.SplitN(string(read(proofName(i))), "\n\n", 2)
		lines := strings.SplitN(parts[0], "\n", 3)
		expect(lines[0] == "c2sp.org/tlog-proof@v1", "first line %q", lines[0])
		expect(lines[1] == fmt.Sprintf("index %d", i), "second line %q", lines[1])
		expect(openCheckpoint([]byte(parts[1]), verifier, size) == root, "root of proof %d", i)
		check(tlog.CheckRecord(readHashes(lines[2]), size, root, i, tlog.RecordHash(entry(i))))
	}
	check(tlog.CheckTree(readHashes(string(read("consistency"))), size, root, oldSize, oldRoot))
}

func writeOwn(tree storage, root, oldRoot tlog.Hash) {
	check(os.MkdirAll(filepath.Join(folder, "foreign"), 0o700))
	secret, public, err := note.GenerateKey(nil, origin)
	check(err)
	signer, err := note.NewSigner(secret)
	check(err)
	sign := func(n int64, hash tlog.Hash) []byte {
		text := fmt.Sprintf("%s\n%d\n%s\n", origin, n, hash)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		check(err)
		return signed
	}
	write("key", []byte(public))
	write("checkpoint", sign(size, root))
	write("older", sign(oldSize, oldRoot))
	for i := int64(0); i < size; i += indexStep {
		proof, err := tlog.ProveRecord(size, i, tree)
		check(err)
		write(proofName(i), []byte(fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s", i,
			printHashes(proof), sign(size, root))))
	}
	proof, err := tlog.ProveTree(size, oldSize, tree)
	check(err)
	write("consistency", []byte(printHashes(proof)))
}

func main() {
	folder = os.Args[1]
	verifier, err := note.NewVerifier(string(read("key.ed25519")))
	check(err)
	tree := buildTree()
	root, err := tlog.TreeHash(size, tree)
	check(err)
	oldRoot, err := tlog.TreeHash(oldSize, tree)
	check(err)
	byECDSA := newECDSAVerifier(string(read("key.ecdsa")))
	expect(openCheckpoint(read("checkpoint.ed25519"), verifier, size) == root, "root")
	expect(openCheckpoint(read("older.ed25519"), verifier, oldSize) == oldRoot, "old root")
	expect(openCheckpoint(read("checkpoint.ecdsa"), byECDSA, size) == root, "root (ECDSA)")
	checkTiles(root)
	checkProofs(verifier, root, oldRoot)
	writeOwn(tree, root, oldRoot)
	fmt.Printf("%d entries, tiles, proofs and checkpoints agree\n", size)
}
