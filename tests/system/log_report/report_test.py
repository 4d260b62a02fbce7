#!/usr/bin/env python3
"""The auditor's page of an exported log: what it says against what the server itself counts, hostile
words of a station, a log that is wrong, and the page in a browser that has no network."""
import html.parser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
KEYS = STATE / "identities"
STATION = ["--server", os.environ["MINTMARK_SERVER"], "--certificate", KEYS / "line1-01.pem", "--key",
           KEYS / "line1-01.key", "--ca", KEYS / "ca.pem"]
WORK = STATE / "report-test"
LOG = WORK / "log"
PAGE = WORK / "report.html"
PAA = STATE / "attestation" / "paa.pem"
SCRIPT = "<script>x()</script>"
CODE = "</td><img src=x onerror=x()>&'\""
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def mintmark(code, *words):
    run = subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    assert run.returncode == code, f"{words}: exit {run.returncode}: {run.stdout}{run.stderr}"
    return run


def operator(number, *words):
    mintmark(0, *words, "--config", STATE / f"op-{number}.yaml", "--yes")


def mac(number):
    return f"60:55:f9:0f:00:{number:02x}"


def provision(number, order):
    mintmark(0, "provision", *STATION, "--order", order, "--hardware-id", mac(number),
             "--allow-class", "test", "-o", WORK / f"unit-{number}")


def report(number, *words):
    mintmark(0, "report", WORK / f"unit-{number}", *words, *STATION)


def page_of(code, log, page, *words):
    return mintmark(code, "log", "report", log, "--paa", PAA, "-o", page, *words)


def make_history():
    """Two orders; units that end in every way; refusals; a change that nobody approves."""
    order = WORK / "order.yaml"
    order.write_text("order: WO-2\nproduct: quickstart-lamp\nquantity: 8\n"
                     "not_before: 2020-01-01\nnot_after: 2099-12-31\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True, stdout=subprocess.DEVNULL)
    for number in range(6):
        provision(number, "WO-2")
    for number in range(6, 9):
        provision(number, "WO-1")
    for number in range(3):
        report(number, "--flashed")
    report(3, "--failed", "--phase", SCRIPT, "--code", CODE, "--attempt", "1")
    report(3, "--failed", "--phase", "verify", "--code", "MD5", "--attempt", "2")
    report(4, "--scrapped")
    mintmark(4, "order", "list", "--config", STATE / "op-1.yaml", "--certificate",
             KEYS / "line1-01.pem", "--key", KEYS / "line1-01.key")
    operator(1, "device", "rework", mac(0), "--reason", "new radio")
    operator(2, "device", "approve", mac(0))
    operator(1, "order", "close", "WO-2", "--reason", "enough")
    operator(1, "order", "pause", "WO-1", "--reason", "wrong shade")
    operator(1, "order", "resume", "WO-1", "--reason", "right again")  # waits
    mintmark(0, "log", "export", "--config", STATE / "aud-1.yaml", "-o", LOG)


class Page(html.parser.HTMLParser):
    """Texts by id, tables by caption as lists of rows; every tag and attribute there is."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.tables = set(), [], {}, {}
        self.open, self.rows, self.cell, self.caption = [], None, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        values = dict(attributes)
        assert not any(name.startswith("on") for name in values), values
        self.links += [values[name] for name in ("href", "src") if name in values]
        if tag not in ("meta", "br", "link", "img"):  # these have no end
            self.open.append((tag, values.get("id")))
        if tag == "table":
            self.rows, self.caption = [], ""
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows is not None:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag == "table":
            self.tables[self.caption] = self.rows
            self.rows = None

    def handle_data(self, data):
        for tag, name in self.open:
            if name:
                self.ids[name] = self.ids.get(name, "") + data
        tags = [tag for tag, _ in self.open]
        if self.rows is not None and "caption" in tags:
            self.caption += data
        elif self.rows and self.rows[-1] and ("td" in tags or "th" in tags):
            self.rows[-1][-1] += data

    def number(self, name):
        return int(re.sub(r"\D", "", self.ids[name]))

    def table(self, caption):
        """Rows as dicts; the caption begins like this."""
        rows = next(rows for title, rows in self.tables.items() if title.startswith(caption))
        return [dict(zip(rows[0], row)) for row in rows[1:] if len(row) == len(rows[0])]


def count(sql):
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchone()[0]


def entries(kind):
    return count(f"select count(*) from leaf where content ->> 'type' = '{kind}'")


def check_figures(page):
    """The page's figures, counted another way: in the server's own rows."""
    wanted = {
        "figure-reserved": count("select count(*) from unit"),
        "figure-issued": count("select count(*) from unit where certificate is not null"),
        "figure-orders": count("select count(*) from work_order"),
        "figure-failed": count("select count(*) from report where outcome = 2"),
        "figure-denied": entries("call.denied"),
        "figure-revoked": count("select count(*) from revocation"),
        "figure-two": count("select count(*) from change where state = 4 and "
                            "length(approval_signature) > 0"),
        "open-unreported": count("select count(*) from unit where state = 2"),
        "open-waiting": count("select count(*) from change where state = 3"),
        "open-closed": 1,
    }
    for name, number in wanted.items():
        assert page.number(name) == number, f"{name}: {page.ids[name]} is not {number}"
    assert wanted["figure-denied"] > 0 and wanted["figure-failed"] == 2, wanted
    ok(f"{len(wanted)} figures are the server's own")


def check_tables(page):
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        orders = database.execute(
            "select id, identities_limit, flashed, scrapped, superseded, voided, "
            "counted - flashed - scrapped - superseded - voided, identities_limit - counted "
            "from work_order").fetchall()
    shown = {row["Order"]: row for row in page.table("Orders: identities =")}
    titles = ("Identities", "Flashed", "Scrapped", "Superseded", "Void", "Open", "Unused")
    assert len(shown) == len(orders), shown
    for name, *sums in orders:
        row = [int(re.sub(r"\D", "", shown[name][title])) for title in titles]
        assert row == sums and row[0] == sum(row[1:]), f"{name}: {row} is not {sums}"
    ok("orders close, with the server's own sums")
    people = {row["Order"]: row for row in page.table("Orders: opened")}
    assert people["WO-2"]["Proposed by"] == "operator/op-1", people
    assert people["WO-2"]["Approved by"] == "operator/op-2", people
    assert people["WO-2"]["By"] == "operator/op-1" and people["WO-2"]["Failed attempts"] == "2"
    changes = page.table("Changes: what")
    assert changes[0]["Kind"] == "order-resume" and changes[0]["Agreed on by"] == "waiting", changes
    ok("who opened, closed, proposed and approved")
    failures = {row["Code"]: row for row in page.table("Failed attempts")}
    assert failures[CODE]["Phase"] == SCRIPT, failures
    assert "x()" not in "".join(page.links) and "script" not in page.tags, page.tags
    assert "img" not in page.tags
    ok("a station's hostile words are text")
    stations = page.table("By station")
    assert [row["Station"] for row in stations] == ["station/line1-01"], stations
    days = page.table("By day")
    assert sum(int(row["Issued"]) for row in days) == page.number("figure-issued"), days
    denial = page.table("Refused calls by reason")[0]
    assert denial["Identity"] == "station/line1-01", denial
    keys = page.table("Keys that were served")
    assert {row["Purpose"] for row in keys} >= {"pai", "seal", "log"}, keys
    assert page.table("Tokens at")[0]["Kind"] == "software"
    ok("stations, days, refusals, keys, token")


def check_page(text):
    """What must hold of the file itself."""
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"https?://|//[a-z]|url\(|@import", text), "it names a network"
    page = Page(text)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links), page.links
    for svg in re.findall(r"<svg[^>]*>", text):
        assert 'role="img"' in svg and 'aria-labelledby="' in svg, svg
    assert text.count("<table>") == text.count("<caption>") == text.count("<thead>")
    assert re.findall(r"<h(\d)", text)[0] == "1"
    ok("one file, without network or script, with headings, captions and names of charts")
    return page


def check_page_and_server():
    said = page_of(0, LOG, PAGE).stdout
    assert said.endswith("VERIFIED\n"), said
    text = PAGE.read_text()
    page = check_page(text)
    assert page.ids["verdict"].startswith("VERIFIED"), page.ids["verdict"]
    for words in ("SOFTWARE TOKEN.", "Log key not compared.", "No witness asked."):
        assert words in text, words
    check_figures(page)
    check_tables(page)
    page_of(0, LOG, WORK / "again.html")
    assert (WORK / "again.html").read_text() == text
    ok("the same export makes the same page")
    page_of(0, LOG, WORK / "short.html", "--rows", "1", "--log-key", LOG / "log-key", "--json")
    short = (WORK / "short.html").read_text()
    assert re.search(r"and \d+ more; <code>--rows", short) and "not compared" not in short
    ok("--rows cuts tables and says so")
    return page


def check_wrong():
    """The page is written all the same, and says so first."""
    copy = WORK / "copy"
    shutil.copytree(LOG, copy)
    bundle = next(path for path in (copy / "tile/entries").rglob("*") if path.is_file())
    content = bytearray(bundle.read_bytes())
    place = content.index(b"WO-2")
    content[place + 3] ^= 1
    bundle.write_bytes(bytes(content))
    run = page_of(1, copy, WORK / "wrong.html")
    page = check_page((WORK / "wrong.html").read_text())
    reason = re.search(r"\((\w+)\)$", run.stderr.strip()).group(1)
    assert page.ids["verdict"].startswith("NOT VERIFIED") and reason in page.ids["verdict"]
    ok(f"a log that is wrong: {run.stderr.strip()}")
    page_of(1, WORK / "nowhere", WORK / "none.html")
    assert not (WORK / "none.html").exists()
    ok("no log, no page")
    for words in (["--rows", "010"], ["--rows"]):
        mintmark(2, "log", "report", LOG, "--paa", PAA, "-o", PAGE, *words)
    mintmark(2, "log", "report", LOG, "--paa", PAA)
    mintmark(2, "log", "report", LOG, "-o", PAGE)
    run = page_of(1, LOG, WORK)
    assert "FILE_KIND" in run.stderr, run.stderr
    ok("wrong usage, and a page that cannot be written")


def check_commands():
    """Every command that the table of controls names exists."""
    page = Page(PAGE.read_text())
    rows = page.table("Each control")
    for program, *words in {tuple(row["Command"].split()[:3]) for row in rows}:
        if program == "mintmark":
            mintmark(0, *words, "--help")
        else:
            said = subprocess.run([BIN / program, "--help"], capture_output=True, text=True,
                                  check=True).stdout
            assert words[0] in said, f"{program} {words}: {said}"
    assert len(rows) >= 10 and all(row["Evidence"] for row in rows)
    ok(f"{len(rows)} controls, each with a command that exists")


def chromium(*words):
    """Every address of a network resolves to nothing, whatever the page says."""
    run = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
         f"--user-data-dir={WORK / 'chromium'}", "--virtual-time-budget=5000", *words,
         PAGE.as_uri()], capture_output=True, text=True, check=False, timeout=90)
    console = [line for line in run.stderr.splitlines() if ":CONSOLE" in line]
    assert not console, console
    return run


def check_browser(said):
    """The same figures in the browser's own tree, and nothing it complains of."""
    if shutil.which("chromium") is None:
        print(f"skipped: no chromium, the page was not rendered ({done} other checks)")
        sys.exit(77)
    try:
        run = chromium("--dump-dom")
    except subprocess.TimeoutExpired:
        run = None
    if run is None or "</html>" not in run.stdout:
        print(f"skipped: chromium does not run here ({done} other checks)")
        sys.exit(77)
    page = Page(run.stdout)
    figures = [name for name in said.ids if name.startswith(("figure-", "open-"))]
    assert figures and all(page.number(name) == said.number(name) for name in figures)
    assert page.ids["verdict"] == said.ids["verdict"]
    assert page.tags.isdisjoint({"script", "img"}), page.tags
    failures = {row["Code"]: row for row in page.table("Failed attempts")}
    assert failures[CODE]["Phase"] == SCRIPT, failures
    ok(f"{len(figures)} figures in the browser are the page's; hostile words are text there too")
    for name, words in {"wide": ["--window-size=1280,1600"], "narrow": ["--window-size=500,1600"],
                        "dark": ["--window-size=1280,1600", "--force-dark-mode",
                                 "--blink-settings=preferredColorScheme=0"]}.items():
        picture = WORK / f"{name}.png"
        chromium(f"--screenshot={picture}", *words)
        assert picture.stat().st_size > 20000, f"{name}: {picture.stat().st_size} bytes"
    assert len({(WORK / f"{name}.png").read_bytes() for name in ("wide", "dark")}) == 2
    chromium(f"--print-to-pdf={WORK / 'page.pdf'}")
    assert (WORK / "page.pdf").read_bytes().startswith(b"%PDF")
    ok("drawn wide, narrow, dark and on paper, without a word on the console")


def main():
    WORK.mkdir()
    make_history()
    page = check_page_and_server()
    check_wrong()
    check_commands()
    check_browser(page)
    print(f"{done} checks")


main()
