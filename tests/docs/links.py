"""Where pages link to and what sources cite, of a repository. Standard library alone; the network is not asked.

Pages are Markdown as GitHub shows it: [text](target), [label]: target, href="target" and src="target", not in code. A link
leads to a file or folder of the repository, or to a heading of a page. Sources cite a section of a page as
docs/model.md#token-bucket, from the top of the repository.
"""

import os
import posixpath
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

LARGEST_TEXT = 2_000_000  # bytes; data files are larger

FENCE = re.compile(r"^ {0,3}(?:[-*+] +|\d+\. +|> ?)*(```+|~~~+)")
CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
HTML_ANCHOR = re.compile(r"""<[a-z][^>]*\b(?:id|name)=["']([^"']+)["']""", re.IGNORECASE)
LINKS = (
    re.compile(r"""\]\(\s*<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:\s+["'(][^)]*)?\)"""),
    re.compile(r"^ {0,3}\[[^\]^]+\]:\s*<?([^\s>]+)"),
    re.compile(r"""<[a-z][^>]*\b(?:href|src|srcset)=["']([^"'\s]+)""", re.IGNORECASE),
)
ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
INVENTED = ("tests/docs/links_test.py",)  # cites pages of repositories that it makes up
CITATION = re.compile(r"(?<![\w/.-])docs/[\w./-]*?\.md(?:#[\w-]+)?")
ABANDONED = re.compile(r"\bSPEC(?:\.md)?\b")  # the page that docs/model.md took the place of


def repository_files(root):
    """Paths from the top: what git knows or would add; without git all but hidden folders and builds."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=False) if (Path(root) / ".git").exists() else None
    if listed and listed.returncode == 0:
        return [name for name in os.fsdecode(listed.stdout).split("\0") if name and (Path(root) / name).exists()]
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "build", "__pycache__"))]
        files += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return files


def heading_anchor(text):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def prose_lines(text):
    """(number from 1, line) outside of fenced code."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if mark and fence is None:
            fence = mark.group(1)
        elif mark and mark.group(1)[0] == fence[0] and len(mark.group(1)) >= len(fence):
            fence = None
        elif fence is None:
            yield number, line


def anchors_of(text):
    anchors, times = set(), {}
    for _, line in prose_lines(text):
        anchors.update(HTML_ANCHOR.findall(line))
        heading = HEADING.match(line)
        if heading:
            anchor = heading_anchor(heading.group(1))
            anchors.add(f"{anchor}-{times[anchor]}" if anchor in times else anchor)
            times[anchor] = times.get(anchor, 0) + 1
    return anchors


def links_of(text):
    """(line number, target) of every link of a page."""
    for number, line in prose_lines(text):
        line = CODE_SPAN.sub("code", line)
        for pattern in LINKS:
            for target in pattern.findall(line):
                yield number, target


class Repository:
    def __init__(self, root):
        self.root = Path(root)
        self.files = set(repository_files(root))
        self.folders = {""}
        for name in self.files:
            for folder in Path(name).parents:
                self.folders.add("" if folder == Path(".") else folder.as_posix())
        self.texts = {}
        for name in sorted(self.files):
            text = self._text(name)
            if text is not None:
                self.texts[name] = text
        self.anchors = {name: anchors_of(text) for name, text in self.texts.items() if name.endswith(".md")}

    def _text(self, name):
        path = self.root / name
        if not path.is_file() or path.stat().st_size > LARGEST_TEXT:
            return None
        content = path.read_bytes()
        if b"\0" in content:
            return None
        return content.decode("utf-8", errors="replace")

    def lack(self, target):
        """What is wrong with path#anchor from the top of the repository; nothing if it is there."""
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(path)
        if path.startswith(".."):
            return "leads out of the repository"
        path = "" if path == "." else path
        if path not in self.files and path not in self.folders:
            return f"there is no {path}"
        if anchor and path in self.anchors and anchor not in self.anchors[path]:
            return f"{path} has no heading #{anchor}"
        return None

    def dead_links(self):
        """Texts "file:line: what" for links of pages that lead nowhere."""
        for page in self.anchors:
            for number, target in links_of(self.texts[page]):
                if ELSEWHERE.match(target):
                    continue
                inside = target.startswith("#")
                path = page + target if inside else posixpath.join(posixpath.dirname(page), target)
                lack = self.lack(unquote(path))
                if lack:
                    yield f"{page}:{number}: link to {target}: {lack}"

    def citing_texts(self):
        return [(name, text) for name, text in self.texts.items() if name not in INVENTED]

    def dead_citations(self):
        for name, text in self.citing_texts():
            for number, line in enumerate(text.splitlines(), 1):
                for cited in CITATION.findall(line):
                    lack = self.lack(cited)
                    if lack:
                        yield f"{name}:{number}: cites {cited}: {lack}"

    def abandoned_citations(self):
        for name, text in self.citing_texts():
            for number, line in enumerate(text.splitlines(), 1):
                if ABANDONED.search(line):
                    yield f"{name}:{number}: cites a page that is gone; docs/model.md took its place"
