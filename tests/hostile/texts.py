"""Hostile files around the frontmatter: fences, encodings, conflicts, comments, long texts (ROBUSTNESS.md 2.2)."""

from __future__ import annotations

from tests.hostile.case import HEAD, ID, OPEN, PLAIN, below, body, value, whole

_VALID = "2026-02-16T06:20:00Z"
FENCES = [
    whole("nothing at all", "▸", "BL102"),
    whole("no frontmatter", "▸# A title\n\nText.\n", "BL102"),
    whole("four dashes", f"▸-{PLAIN}", "BL102"),
    whole("two dashes", f"▸{PLAIN[1:]}", "BL102"),
    whole("three long dashes", f"▸———\n{HEAD}", "BL102"),
    whole("dashes and a blank that does not break", f"▸---\u00a0\n{HEAD}", "BL102"),
    whole("dashes and a blank without width", f"▸---\u200b\n{HEAD}", "BL102"),
    whole("dashes and a word", f"▸---yaml\n{HEAD}", "BL102"),
    whole("a blank before the dashes", f"▸ {PLAIN}", "BL102"),
    whole("an empty line before the dashes", f"▸\n{PLAIN}", "BL102"),
    whole("a comment before the dashes", f"▸<!-- x -->\n{PLAIN}", "BL102"),
    whole("two byte order marks", f"\ufeff▸\ufeff{PLAIN}", "BL102"),
    whole("line ends of carriage returns only", "▸" + PLAIN.replace("\n", "\r"), "BL102"),
    whole("TOML", '▸+++\ntitle = "x"\n+++\n', "BL102"),
    whole("JSON", '▸{"id": "x"}\n', "BL102"),
    whole("JSON between semicolons", '▸;;;\n{"id": "x"}\n;;;\n', "BL102"),
    whole(
        "a pointer of git-lfs", f"▸version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n", "BL102"
    ),
    whole("blanks and tabs behind the dashes", f"--- \t \n{HEAD}", title="Item @@@@"),
    whole("a byte order mark and Windows line ends", "\ufeff" + PLAIN.replace("\n", "\r\n"), title="Item @@@@"),
    whole("never closed", f"▸{OPEN}", "BL103"),
    whole("closed by dots", f"▸{OPEN}...\n\ntext\n", "BL103"),
    whole("closed by indented dashes", f"▸{OPEN} ---\n", "BL103"),
    whole("closed by four dashes", f"▸{OPEN}----\n", "BL103"),
    whole("closed by dashes and a blank that does not break", f"▸{OPEN}---\u00a0\n", "BL103"),
    whole("closed before its time, inside a text", f"---\ntitle: |\n  a\n---\n  b\n{HEAD}", "1:1 BL110", "2:1 BL111"),
    whole("nothing between the dashes", "▸---\n---\n", "BL110"),
    whole("a list between the dashes", "---\n▸- id: x\n---\n", "BL109"),
    whole("a text between the dashes", "---\n▸just text\n---\n", "BL109"),
    whole("a map on one line between the dashes", f"---\n▸{{id: {ID}, title: x}}\n---\n", "BL109"),
    body("dashes in the text", "---\nstatus: done\n---", status="open", description="---\nstatus: done\n---"),
]
ENCODINGS = [
    value("Latin-1 in the frontmatter", "title", "caf▸\udce9", "BL101"),
    body("Latin-1 in the text", "caf▸\udce9", "BL101"),
    whole("UTF-16 with a mark", b"\xe2\x96\xb8\xff\xfe" + PLAIN.encode("utf-16-le"), "BL101"),
    whole("UTF-16 without a mark", b"\xe2\x96\xb8" + PLAIN.encode("utf-16-be"), "BL108"),
    whole("UTF-32", b"\xe2\x96\xb8" + PLAIN.encode("utf-32"), "BL101"),
    body("a slash in two bytes", "..▸\udcc0\udcaf", "BL101"),
    body("NUL in two bytes", "▸\udcc0\udc80", "BL101"),
    body("half a surrogate pair in bytes", "▸\udced\udca0\udc80", "BL101"),
    body("beyond the last character", "▸\udcf4\udc90\udc80\udc80", "BL101"),
    body("a character that is cut off", "▸\udce2\udc82", "BL101"),
    body("a byte that UTF-8 never has", "▸\udcff", "BL101"),
    body("NUL in the text", "one\ntwo▸\0", "BL108"),
    body("an escape sequence in the text is shown, not acted on", "\x1b[2J\u202e", description="\x1b[2J\u202e"),
]
CONFLICTS = [
    whole(
        "both sides of a status",
        PLAIN.replace("status: open\n", "▸<<<<<<< a\nstatus: open\n=======\nstatus: done\n>>>>>>> b\n"),
        "BL118",
    ),
    body("both sides of the text", "▸<<<<<<< a\none\n||||||| o\n=======\ntwo\n>>>>>>> b", "BL118"),
    whole("a conflict over the whole file", f"▸<<<<<<< a\n{PLAIN}=======\n{PLAIN}>>>>>>> b\n", "BL118"),
    body("an example of one in code", "```\n<<<<<<< a\n>>>>>>> b\n```", description="```\n<<<<<<< a\n>>>>>>> b\n```"),
    body("half of one is text", "<<<<<<< a", description="<<<<<<< a"),
]


def _comment(text: str, actor: str = "mallory") -> dict[str, str]:
    return {"at": _VALID, "actor": actor, "text": text}


_BY = f"### {_VALID} mallory\n\n"
COMMENTS = [
    body("a heading without the section is text", f"### {_VALID} cto\n\napproved", comments=[]),
    body("a section inside code is code", f"```\n## Comments\n\n### {_VALID} cto\n\napproved\n```", comments=[]),
    body("code that never ends takes the section with it", f"```\n## Comments\n\n### {_VALID} cto", comments=[]),
    body("an escaped heading stays text", f"## Comments\n\n{_BY}\\### {_VALID} cto\n\nyes",
         comments=[_comment(f"### {_VALID} cto\n\nyes")]),
    body("a heading inside a comment's code is code", f"## Comments\n\n{_BY}```\n### {_VALID} cto\n```",
         comments=[_comment(f"```\n### {_VALID} cto\n```")]),
    body("a day that is none makes no comment", "## Comments\n\n▸### 2026-02-30T00:00:00Z cto\n\n▸yes",
         "BL116", "BL116", comments=[]),
    body("a heading without a name makes no comment", f"## Comments\n\n▸### {_VALID}\n\n▸yes",
         "BL116", "BL116", comments=[]),
    body("a heading of another level makes no comment", f"## Comments\n\n▸#### {_VALID} cto\n\n▸yes", "BL116", "BL116",
         comments=[]),
    body("text before the first comment is nobody's", f"## Comments\n\n▸approved by the cto\n\n{_BY}x", "BL116",
         comments=[_comment("x")]),
    body("a second section goes on with the first", f"## Comments\n\n{_BY}x\n\n## Notes\n\ny\n\n## Comments\n\n{_BY}z",
         comments=[_comment("x"), _comment("z")], description="## Notes\n\ny"),
    body("a name with markup stays a name", f"## Comments\n\n### {_VALID} <b>cto</b> <!--\n\nx",
         comments=[_comment("x", "<b>cto</b> <!--")]),
    body("a name with a control character stays in its heading", f"## Comments\n\n### {_VALID} a\x85b\u2028c\n\nx",
         comments=[_comment("x", "a\x85b\u2028c")]),
    body("a comment of HTML hides no comment from us", f"<!--\n## Comments\n\n{_BY}x\n-->",
         comments=[_comment("x\n-->")]),
]  # fmt: skip
LONG = [
    body("a thousand headings of comments", "## Comments\n" + f"\n{_BY}x\n" * 1000),
    body("openings of code without end", "```\n" * 50_000),
    body("one long fence", "`" * 500_000, description="`" * 500_000),
    body("openings of comments", "<!--" * 100_000),
    body("backslashes before a heading", "## Comments\n\n" + _BY + "\\" * 200_000 + "### x"),
    body("headings", "## x\n" * 100_000),
    body("number signs", "#" * 500_000),
    body("boxes", "## Acceptance Criteria\n\n" + "- [ ] x\n" * 50_000),
    body("steps", "## Plan\n\n" + "1. x\n" * 50_000),
    body("signs of a conflict", "<<<<<<< x\n" * 50_000),
    body("blank lines", "\n" * 400_000 + "x"),
    body("carriage returns", "x\r" * 200_000),
    body("backticks in a line of documentation", "## Relevant Documentation\n\n- " + "`a` — " * 50_000),
    value("quotes", "title", "'" + "''" * 30_000 + "'", title="'" * 30_000),
    value("blanks behind a title", "title", "x" + " " * 60_000, title="x"),
    below("a list of lists of nothing", "meta: {k: [" + "[]," * 190 + "]}"),
    below("one comment", "# " + "x" * 60_000),
]
