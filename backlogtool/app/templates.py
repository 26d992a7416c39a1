"""What stands among a repository's templates and is none that could be read."""

from __future__ import annotations

from backlogtool.app import packaged
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.stores.git.files import Files, Tree, WorkTree, is_hidden
from backlogtool.views.renderer import SUFFIX


def irregular_templates(space: Workspace) -> list[Finding]:
    """A BL113 finding for each link, device or submodule that may stand for templates.

    Without a word the tool's own would be used in their place. Other people's files with such names, a folder of
    web pages for instance, are none of our business.
    """
    repository = space.repository
    if repository is None:
        return []
    revision = space.revision or ("" if repository.root else repository.head())
    if not revision and not repository.root:
        return []
    files: Files = Tree(repository.git, revision) if revision else WorkTree(repository.root)
    fix = "put a copy of the file there, not a link"
    return [
        Finding("BL113", "is not a regular file, so no template is read from it", path=path, fix=fix)
        for path, regular in files.entries(packaged.TEMPLATES)
        if not regular and not is_hidden(path) and (path.endswith(SUFFIX) or "." not in path.rpartition("/")[2])
    ]
