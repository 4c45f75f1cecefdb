"""Vocabulary check: find retired words in identifiers, comments, docstrings, help and Markdown.

`python -m tests.vocabulary [PATH…]` lists every finding with its replacement and a count per
package; `--soft` adds what needs a reader's judgement: words that are only sometimes wrong, and
messages (string literals), of which the published ones must stay as they are.

An identifier counts where it is bound (a module, class, function, parameter, variable or import
alias), so the names of other libraries' functions and keywords do not. Text in backticks and code
blocks is a name, not prose.
"""

import argparse
import ast
import fnmatch
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("vaxwatch", "flows", "tasks", "schemas", "tests", "benchmarks", "docs", "deployments")
NOT_SCANNED = ("tests/vocabulary.py", "tests/test_vocabulary.py", "tests/fixtures/*")

BOTH = {
    r"told|tells?|telling|retold": "record, event, report, history, message",
    r"laps(e|es|ed|ing)": "expiry, expire",
    r"soundness": "integrity",
    r"quoting": "raw row lookup",
    r"recalls?|recalled|recollections?": "HTTP cache validators",
    r"ledgers?": "system table",
    r"panels?": "rule inputs",
    r"sightings?": "observation counts",
    r"likeness|likest": "similarity",
    r"crowds?|crowded": "group",
    r"storms?": "alert group",
    r"scenes?": "dataset timeline",
    r"fold|folds|folded|folding": "SCD2 view, reduce",
    r"wires?": "source schema, HTTP transport",
    r"gates?|gated": "acceptance check",
    r"manners?": "fetch policy",
    r"unread": "unparsable",
    r"anew": "again, from scratch",
    r"members?": "entities, entries",
    r"paces?": "arrival interval",
    r"moments?": "instant, time",
}
"""Words for identifiers and prose: pattern of a whole word, and what replaces it."""
IDENTIFIERS = {
    r"said|says?": "text, states, message",
    r"items?": "snapshot, entry, or the noun itself",
    r"looks?": "observation",
    r"shells?": "adapter",
    r"meanings": "column descriptions",
    r"otherwise": "different",
}
"""Words for identifiers alone."""
PROSE = {
    r"thin shells?|shells around": "adapter",
    r"(is|are|was|were|be|been|as) said|said (above|below|before|once|twice|here|there)": "stated",
    r"(speaks?|spoken|speaking) (only |also )?(for|of|to)": "covers, is in scope",
    r"(a|one|each|every|the|first|last|earlier|later|two|of) looks?(?! like| as)": "observation",
    r"(was|were|is|are|be|been|being) had": "retrieved",
    r"kept (bytes|bodies|body|snapshots?)": "archived",
    r"(bytes|bodies|snapshots?) (that )?(is|are|was|were) kept": "archived",
    r"(is|are|was|were|what|something|anything|reads?) otherwise|otherwise than": "different",
    r"of that which|that which|of which it is": "rewrite as a plain clause",
}
"""Phrases for prose alone."""
SOFT = {
    r"said|says?": "states, contains, reports",
    r"kept|keeps?": "archive, retain, leave",
    r"items?": "snapshot, entry",
    r"had": "retrieved, contained",
    r"looks?": "observation, check",
    r"shells?": "adapter",
    r"lines?": "row, sentence, log, history",
    r"asked|asks?": "requested, given",
    r"meanings": "column descriptions",
    r"otherwise": "different",
    r"nobody|somebody": "a person by role, or the passive",
}
"""Words that are sometimes right; listed with --soft, never a failure."""


@dataclass(frozen=True)
class Exempt:
    """A place where a retired word is right: path pattern, word pattern, why."""

    path: str
    word: str
    reason: str


EXEMPT = (
    Exempt("docs/tables.md", "told|was had|speaks for|a look", "published column descriptions"),
    Exempt("docs/validation.md", "speaks for", "published notes of expectations"),
    Exempt("CHANGELOG.md", "unread", "name of a published file"),
    Exempt("*alert_evaluation*", "recall", "precision and recall"),
    Exempt("docs/benchmarks.md", "recall", "precision and recall"),
    Exempt("*.md", r"members?", "member states of the WHO; archive members"),
    Exempt("tasks/formats/zip_archive.py", r"members?", "members of a zip file"),
    Exempt("tests/tasks/formats/test_workbooks.py", r"members?", "members of a zip file"),
    Exempt("schemas/limits.py", r"members?", "members of a zip file"),
    Exempt("tests/schemas/test_limits.py", r"members?", "members of a gzip file"),
    Exempt("schemas/expectations/expectation.py", r"members?", "part of a hash in lakes"),
)


@dataclass(frozen=True)
class Finding:
    """One retired word: where, in which kind of text, the word, its replacement, the text."""

    path: str
    number: int
    kind: str
    word: str
    instead: str
    text: str


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def _compiled(*lists: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    return [
        (_whole(pattern), instead) for patterns in lists for pattern, instead in patterns.items()
    ]


IN_IDENTIFIERS = _compiled(BOTH, IDENTIFIERS)
IN_PROSE = _compiled(BOTH, PROSE)
SOMETIMES_RIGHT = _compiled(SOFT)
CODE_IN_PROSE = re.compile(r"``[^`]*``|`[^`]*`|https?://\S+|\{[^}]*\}")
COMMENTS = re.compile("#.*")
"""Every comment, and what only looks like one: dividing a text into tokens takes longer."""
LINK_TARGET = re.compile(r"\]\([^)]*\)")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def findings(path: Path, *, root: Path = ROOT, soft: bool = False) -> list[Finding]:
    """Return the retired words of one file below `root`, sorted by line."""
    name = path.relative_to(root).as_posix()
    if any(fnmatch.fnmatch(name, pattern) for pattern in NOT_SCANNED):
        return []
    text = path.read_text(encoding="utf-8")
    places = _markdown(text) if path.suffix == ".md" else _python(name, text, messages=soft)
    found = [
        Finding(name, number, kind, hit.group(0), instead, place.strip()[:100])
        for number, kind, place in places
        for words in [_words(place) if kind == "identifier" else place]
        if soft or _any_of(kind).search(words)
        for pattern, instead in _patterns(kind, soft=soft)
        for hit in pattern.finditer(words)
        if not _is_exempt(name, hit.group(0))
    ]
    return sorted(found, key=lambda finding: (finding.number, finding.word))


def files(paths: list[Path]) -> list[Path]:
    """Return the Python and Markdown files of some files and folders, sorted."""
    found = [
        one
        for path in paths
        for one in ([path] if path.is_file() else path.rglob("*"))
        if one.suffix in {".py", ".md"} and "__pycache__" not in one.parts
    ]
    return sorted(set(found))


def everything() -> list[Path]:
    """Return every file that is checked."""
    return files([*(ROOT / folder for folder in FOLDERS), *ROOT.glob("*.md")])


def is_covered(exempt: Exempt, path: Path) -> bool:
    """Return whether an exemption holds for a file."""
    return fnmatch.fnmatch(path.relative_to(ROOT).as_posix(), exempt.path)


def package(path: str) -> str:
    """Return the package that a file is counted under.

    >>> package("tasks/vault/backends/store.py"), package("README.md")
    ('tasks/vault', 'README.md')
    """
    parts = path.split("/")
    return "/".join(parts[: 3 if parts[0] == "tests" else 2][: len(parts) - 1] or parts)


def _patterns(kind: str, *, soft: bool) -> list[tuple[re.Pattern[str], str]]:
    retired = IN_IDENTIFIERS if kind == "identifier" else IN_PROSE
    return retired + (SOMETIMES_RIGHT if soft else [])


@cache
def _any_of(kind: str) -> re.Pattern[str]:
    """Return the pattern of every word that is retired from a kind of text."""
    return _whole("|".join(BOTH | (IDENTIFIERS if kind == "identifier" else PROSE)))


def _is_exempt(name: str, word: str) -> bool:
    return any(
        fnmatch.fnmatch(name, exempt.path) and re.fullmatch(exempt.word, word, re.IGNORECASE)
        for exempt in EXEMPT
    )


@cache
def _words(identifier: str) -> str:
    """Return the words of a snake_case or CamelCase identifier, separated by spaces."""
    return CAMEL.sub(" ", identifier.replace("_", " ").replace("/", " ").replace(".", " "))


def _prose(text: str) -> str:
    return CODE_IN_PROSE.sub(" ", text)


def _markdown(text: str) -> Iterator[tuple[int, str, str]]:
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, "prose", _prose(LINK_TARGET.sub("]", line))


def _python(name: str, text: str, *, messages: bool) -> Iterator[tuple[int, str, str]]:
    yield 1, "identifier", name.removesuffix(".py")
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, BINDING):
            yield from ((number, "identifier", bound) for number, bound in _bound(node))
        elif isinstance(node, (ast.Expr, ast.keyword)):
            yield from ((number, "prose", line) for number, line in _documented(node))
    if messages:
        yield from _messages(tree)
    if messages or any(map(_any_of("prose").search, COMMENTS.findall(text))):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], "prose", _prose(token.string)


BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.arg, ast.Name, ast.Attribute)
BINDING += (ast.alias, ast.ExceptHandler, ast.MatchAs)


def _bound(node: ast.AST) -> list[tuple[int, str]]:
    """Return the names that a node binds."""
    match node:
        case ast.FunctionDef(name=str(name)) | ast.AsyncFunctionDef(name=str(name)):
            pass
        case ast.ClassDef(name=str(name)) | ast.arg(arg=str(name)):
            pass
        case ast.Name(ctx=ast.Store(), id=str(name)) | ast.Attribute(ctx=ast.Store(), attr=name):
            pass
        case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            pass
        case ast.MatchAs(name=str(name)):
            pass
        case _:
            return []
    return [(getattr(node, "lineno", 1), name)]


def _messages(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Yield the string literals of several words that are no docstrings."""
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                if " " in text.strip():
                    yield node.lineno, "message", text
            case _:
                pass


def _documented(node: ast.AST) -> list[tuple[int, str]]:
    """Return the lines of a docstring or a help text, without doctests and code."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            start = node.lineno
        case ast.keyword(arg="help" | "description", value=ast.Constant(value=str(text))):
            start = node.value.lineno
        case _:
            return []
    prose: list[tuple[int, str]] = []
    is_doctest = False
    for number, line in enumerate(_prose(text).splitlines(), start=start):
        stripped = line.strip()
        is_doctest = stripped.startswith((">>>", "...")) or (is_doctest and bool(stripped))
        if not is_doctest:
            prose.append((number, line))
    return prose


def main() -> int:
    """Print the findings and their counts; return 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.vocabulary", description=__doc__)
    parser.add_argument("paths", nargs="*", type=lambda text: Path(text).resolve())
    parser.add_argument("--soft", action="store_true", help="also words that may be right")
    parser.add_argument("--counts", action="store_true", help="only the counts")
    given = parser.parse_args()
    found = [
        finding
        for path in (files(given.paths) if given.paths else everything())
        for finding in findings(path, soft=given.soft)
    ]
    if not given.counts:
        for one in found:
            print(f"{one.path}:{one.number}: {one.kind} '{one.word}' ({one.instead}): {one.text}")  # noqa: T201
    for name, count in sorted(Counter(package(one.path) for one in found).items()):
        print(f"{count:5} {name}")  # noqa: T201
    print(f"{len(found):5} in all")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
