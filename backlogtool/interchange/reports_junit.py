"""Findings as a JUnit report: a suite for each file, a case for each finding; an error is a failure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from backlogtool.domain.finding import Finding
from backlogtool.interchange.reports import TOOL, gcc_line, one_line, told, where

_SUITE = f"{TOOL} validate"


def junit(findings: Sequence[Finding]) -> str:
    """The report as XML. Where nothing is wrong, one case passes, so that the report is not taken for a lost one."""
    root = Element("testsuites", _counted(_SUITE, findings))
    for path, some in groupby(findings, where):
        told_here = list(some)
        suite = SubElement(root, "testsuite", _counted(path or _SUITE, told_here))
        for one in told_here:
            _case(suite, one, path or _SUITE)
    if not findings:
        suite = SubElement(root, "testsuite", _counted(_SUITE, findings))
        SubElement(suite, "testcase", {"name": "no findings", "classname": _SUITE, "time": "0"})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _counted(name: str, findings: Sequence[Finding]) -> dict[str, str]:
    failures = sum(one.is_error for one in findings)
    tests = {"tests": str(max(len(findings), 1)), "failures": str(failures)}
    return {"name": name, **tests, "errors": "0", "time": "0"}


def _case(suite: Element, finding: Finding, path: str) -> None:
    name = f"{finding.code}: {one_line(finding.message)}"
    case = SubElement(suite, "testcase", {"name": name, "classname": path, "time": "0"})
    if finding.is_error:
        failure = SubElement(case, "failure", {"type": finding.code, "message": told(finding)})
        failure.text = gcc_line(finding)
    else:
        SubElement(case, "system-out").text = gcc_line(finding)
