"""What the findings about commits, moves, roles and refs mean: codes from BL308 to BL399 (``domain.explanation``)."""

#: code -> (why it is a finding, an example, how to mend it).
STEPS: dict[str, tuple[str, str, str]] = {}
