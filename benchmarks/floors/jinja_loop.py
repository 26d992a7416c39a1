"""A plain Jinja loop over ready dictionaries: ``python jinja_loop.py FILE OUTPUT``.

The file holds one dictionary an item, as marshal keeps it (the fastest there is). The text is what a grouped backlog
says of an item, without any escaping, checking or grouping.
"""

import marshal
import sys

import jinja2

TEMPLATE = """# Backlog
{% for item in items %}
### # [id:{{ item.id }}][type:{{ item.type }}][priority:{{ item.priority }}] {{ item.title }}
**Component:** {{ item.component }}

{{ item.description }}
{% endfor %}
"""

with open(sys.argv[1], "rb") as file:
    items = marshal.load(file)  # noqa: S302 - the benchmark's own file
text = jinja2.Environment().from_string(TEMPLATE).render(items=items)  # noqa: S701 - Markdown
with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.write(text)
sys.stdout.write(f"{len(items)}\n")
