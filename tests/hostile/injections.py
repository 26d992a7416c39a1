"""Texts that want to be more than text where they land: in a table, a page, a diagram, a sheet, a template."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.cli.session import item_text

INJECTIONS: Mapping[str, str] = {
    "a cell's end": "a | b || c",
    "a cell's end behind a backslash": "a \\| b \\\\| c",
    "a row": "a |\n| --- |\n| b |",
    "a link": "[click](javascript:alert(1))",
    "a link's end": "a](javascript:alert(1)) [b",
    "a link by reference": "[a][b]",
    "an image": "![x](https://evil.example/x.png)",
    "a bare address": "https://evil.example www.evil.example",
    "an address in brackets": "<https://evil.example>",
    "a footnote": "[^1] and [^1]: x",
    "a heading": "# not a heading",
    "a heading below": "x\n===",
    "a list": "- [x] done",
    "a numbered list": "1. one",
    "a quote": "> [!CAUTION]",
    "a line": "---",
    "code": "``` js",
    "code inside a line": "`` ` `x",
    "a formula": "$\\href{javascript:x}{y}$",
    "emphasis": "*a* _b_ ~~c~~ **d**",
    "a script": "<script>alert(1)</script>",
    "an image of HTML": "<img src=x onerror=alert(1)>",
    "an attribute's end": "\"'><svg onload=alert(1)>",
    "a comment of HTML": "<!-- hidden",
    "the end of a comment": "--> shown",
    "data of XML": "]]><script/><![CDATA[",
    "an entity": "&lt;b&gt; &#60;b&#62; &xxe;",
    "a doctype": "<!DOCTYPE x [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>",
    "a style": "</style><script>alert(1)</script>",
    "a label's end": 'x"]; click a "javascript:alert(1)"',
    "a directive of Mermaid": "%%{init: {'securityLevel': 'loose'}}%%",
    "an entity of Mermaid": "#quot; #35; ;",
    "an expression": "{{ 7 * 7 }} {{ items }}",
    "a statement": "{% include '/etc/passwd' %}{# x #}",
    "an expression of Liquid": "{{ site.data }}{% raw %}",
    "an expression of GitHub": "${{ secrets.TOKEN }}",
    "a formula of a sheet": "=cmd|'/c calc'!A0",
    "a formula with a plus": "+1+cmd|x",
    "a formula with a minus": "-2+3",
    "a formula with an at sign": "@SUM(A1:A9)",
    "a command of GitHub": "::set-output name=x::y",
    "a substitution": "$(touch canary) `touch canary`",
    "a format": "%s %n %(x)s {0.__class__}",
    "our own marker": "<!-- backlogtool: generated 2026-02-16 -->",
    "our own end": "<!-- generated:end -->",
    "a task's end": "## task_end",
    "a group's end": "## group_end",
    "a task's header": "### # [id:TASK-20260204-001][type:ops][priority:high][component:x] y",
    "our own trailer": "Backlog-Actor: cto",
    "a right-to-left sentence": "\u05d0\u05d1 (x) \u05d2",
    "many accents": "Z" + "\u0301" * 200,
    "a long word": "x" * 5000,
}


def injected(item_id: str, text: str) -> str:
    """An item that has the text wherever a person may write: title, owner, tag, meta, description, comment."""
    line = json.dumps(" ".join(text.split()), ensure_ascii=False)
    inside = {"title": line, "owner": line, "tags": f"[{line}]", "meta": f"{{k: {line}}}", "due_date": "2026-02-01",
              "priority": "P0", "evidence_refs": f"{{alerts: [{line}]}}"}  # fmt: skip
    said = f"{text}\n\n## Comments\n\n### 2026-02-16T06:20:00Z {' '.join(text.split())}\n\n{text}"
    return item_text(item_id, said, **inside)
