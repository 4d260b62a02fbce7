"""payload encode --png and --svg: the two files show the same modules as the terminal, and a foreign
QR reader (zbar) reads from them what was encoded. Without zbar the reading is skipped."""
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import zbar
except ImportError:
    zbar = None

MINTMARK = pathlib.Path(os.environ["MINTMARK_BIN"]) / "mintmark"
UNIT = ["--vendor-id", "0xFFF1", "--product-id", "0x8000", "--discriminator", "3840",
        "--passcode", "20202021"]
# Options, and the scale and margin that they mean.
CASES = [([], 8, 4),
         (["--scale", "1", "--margin", "4"], 1, 4),
         (["--scale", "3", "--margin", "10"], 3, 10),
         (["--margin", "0"], 8, 0),
         (["--flow", "custom", "--serial-number", "SN-000001"], 8, 4),
         (["--serial-number", "S" * 32, "--iterations", "10000", "--salt", "00ff" * 16,
           "--device-count", "2", "--timeout", "900", "--vendor-data", "0x80=" + "a" * 255,
           "--vendor-data", "255=z"], 4, 4)]


def read_png(path):
    """Rows of 0 (white) and 1 (black) of a PNG of one bit a pixel and two colours."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + size
    width, height, depth, colour, _, filters, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, filters, interlaced) == (1, 3, 0, 0) and width == height
    black = {bytes(3): 1, bytes([255] * 3): 0}
    palette = [black[chunks[b"PLTE"][i:i + 3]] for i in (0, 3)]
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8
    rows, last = [], bytes(stride)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:][:stride])
        assert kind in (0, 2), "a filter that this reader does not know"
        if kind == 2:
            line = bytearray((a + b) % 256 for a, b in zip(line, last))
        last = line
        rows.append([palette[line[x // 8] >> (7 - x % 8) & 1] for x in range(width)])
    return rows


def read_svg(path):
    """Modules, and pixels a side, of our SVG."""
    text = path.read_text()
    pixels, side = map(int, re.search(r'width="(\d+)".*viewBox="0 0 (\d+) ', text).groups())
    rows = [[0] * side for _ in range(side)]
    for x, y, size, back in re.findall(r"M(\d+) (\d+)h(\d+)v1H(\d+)z", text):
        assert x == back
        rows[int(y)][int(x):int(x) + int(size)] = [1] * int(size)
    return rows, pixels


def enlarge(rows, scale):
    return [[pixel for pixel in row for _ in range(scale)] for row in rows for _ in range(scale)]


def scan(rows):
    """What zbar reads, with white around."""
    border = 40
    side = len(rows) + 2 * border
    image = bytearray([255]) * (side * side)
    for y, row in enumerate(rows):
        for x, pixel in enumerate(row):
            image[(y + border) * side + x + border] = 0 if pixel else 255
    scanner = zbar.ImageScanner()
    found = zbar.Image(side, side, "Y800", bytes(image))
    scanner.scan(found)
    return [symbol.data for symbol in found]


def run(folder, options, scale, margin):
    png, svg = folder / "qr.png", folder / "qr.svg"
    output = subprocess.run([MINTMARK, "payload", "encode", *UNIT, *options, "--png", png, "--svg",
                             svg, "--scale", str(scale)],
                            check=True, capture_output=True, text=True).stdout
    payload = re.search(r"QR payload +(\S+)", output).group(1)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (png, svg)), "mode is not 0600"
    modules, pixels = read_svg(svg)
    rows = read_png(png)
    assert len(rows) == pixels == len(modules) * scale, "sizes"
    assert rows == enlarge(modules, scale), "PNG and SVG differ"
    inner = [row[margin:len(modules) - margin] for row in modules[margin:len(modules) - margin]]
    assert sum(map(sum, inner)) == sum(map(sum, modules)), "the margin is not white"
    assert inner[0][:8] == [1] * 7 + [0] and inner[-1][:7] == [1] * 7, "finder patterns"
    if zbar is not None:
        assert scan(enlarge(modules, 6)) == [payload], "SVG reads otherwise"
        assert scale == 1 or scan(rows) == [payload], "PNG reads otherwise"


def main():
    with tempfile.TemporaryDirectory() as folder:
        for options, scale, margin in CASES:
            run(pathlib.Path(folder), options, scale, margin)
    print(f"{len(CASES)} symbols as PNG and SVG, alike")
    if zbar is None:
        print("skipped: reading them back needs python3-zbar")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
