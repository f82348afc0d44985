"""Every key that tomllib finds has the right line."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.runs.toml_lines import KeyPath, key_lines


def paths_of(value: object, path: KeyPath = ()) -> set[KeyPath]:
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    found = {path} if path else set()
    for key, child in children:
        found |= paths_of(child, (*path, key))
    return found


class Writer:
    """Writes a document line by line and remembers where it put each key: the oracle of the scanner."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.text, self.expected = draw, "", {}

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def noise(self) -> None:
        self.text += self.draw(st.sampled_from(["", "\n", "# [not.a] = table\n", "  \t# \"'\n\n", "\r\n"]))

    def key(self, name: str) -> str:
        bare = name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
        pad = self.draw(st.sampled_from(["", " ", "\t"]))
        if bare and self.draw(st.booleans()):
            return pad + name + pad
        if "'" not in name and name.isprintable() and self.draw(st.booleans()):
            return f"{pad}'{name}'{pad}"
        return pad + json.dumps(name) + pad

    def value(self, value: object, path: KeyPath) -> None:
        if isinstance(value, list):
            self.text += "["
            for index, item in enumerate(value):
                self.noise()
                self.expected[(*path, index)] = self.line
                self.value(item, (*path, index))
                self.noise()
                self.text += "," if index < len(value) - 1 or self.draw(st.booleans()) else ""
            self.noise()
            self.text += "]"
        elif isinstance(value, dict):
            self.text += "{"
            for index, (name, item) in enumerate(value.items()):
                self.text += ", " if index else ""
                self.expected[(*path, name)] = self.line
                self.text += self.key(name) + "= "
                self.value(item, (*path, name))
            self.text += "}"
        else:
            self.text += str(value)

    def table(self, table: dict[str, object], path: KeyPath) -> None:
        nested = {k: v for k, v in table.items() if isinstance(v, Section)}
        for name, value in table.items():
            if name not in nested:
                self.noise()
                self.expected[(*path, name)] = self.line
                self.text += f"{self.key(name)} ="
                self.value(value, (*path, name))
                self.text += self.draw(st.sampled_from(["\n", "\r\n", "  # comment = 1\n"]))
        for name, section in nested.items():
            self.section(name, section, path)

    def section(self, name: str, section: Section, path: KeyPath) -> None:
        here = (*path, name)
        dotted = ".".join(self.key(str(part)) for part in here if isinstance(part, str))
        for index, table in enumerate(section.tables):
            self.noise()
            if section.repeated:
                self.expected.setdefault(here, self.line)
                self.expected[(*here, index)] = self.line
                self.text += f"[[{dotted}]]\n"
                self.table(table, (*here, index))
            else:
                self.expected[here] = self.line
                self.text += f"[{dotted}]\n"
                self.table(table, here)


class Section:
    def __init__(self, tables: list[dict[str, object]], repeated: bool) -> None:
        self.tables, self.repeated = (tables if repeated else tables[:1]), repeated


NAMES = st.one_of(st.sampled_from(["a", "b-c", "d_1", "1"]), st.text("aé\"'.#=[]{} \n\\", max_size=4))
SCALARS = st.sampled_from(
    [
        "1",
        "-0.5e3",
        "inf",
        "true",
        "0x1F",
        "1979-05-27 07:32:00",
        "1979-05-27T07:32:00-07:00",
        '"a # \\" = ["',
        "'it = \"] '",
        '""',
        "''",
        '"""\nfirst\n"" \\""" second\\\n   third"""""',
        "'''\n]] = '' 'x\n\n'''",
        '"""a"b"c"""',
    ]
)
TABLES = st.recursive(
    st.dictionaries(NAMES, SCALARS, max_size=3),
    lambda inner: st.dictionaries(
        NAMES,
        st.one_of(SCALARS, st.builds(Section, st.lists(inner, min_size=1, max_size=3), st.booleans())),
        max_size=3,
    ),
    max_leaves=6,
)
INLINE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=2)),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    writer = Writer(draw)
    writer.table({**draw(st.dictionaries(NAMES, INLINE, max_size=3)), **draw(TABLES)}, ())
    return writer.text, writer.expected


@settings(max_examples=300, deadline=None)
@given(documents())
def test_every_key_stands_on_the_line_it_was_written_on(document: tuple[str, dict[KeyPath, int]]) -> None:
    text, expected = document
    assert paths_of(tomllib.loads(text)) == set(expected)
    assert key_lines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c = 1\na.d = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 2}),
        ("[a.b]\nx = 1\n\n[a]\ny = 2\n", {("a",): 4, ("a", "b"): 1, ("a", "b", "x"): 2, ("a", "y"): 5}),
        (
            "[[a]]\n[a.b.c]\nx = 1\n[[a]]\n[a.b]\n",
            {
                ("a",): 1,
                ("a", 0): 1,
                ("a", 0, "b"): 2,
                ("a", 0, "b", "c"): 2,
                ("a", 0, "b", "c", "x"): 3,
                ("a", 1): 4,
                ("a", 1, "b"): 5,
            },
        ),
        ("", {}),
        ("# only a comment", {}),
    ],
)
def test_dotted_keys_and_headers_out_of_order(text: str, expected: dict[KeyPath, int]) -> None:
    assert paths_of(tomllib.loads(text)) == set(expected)
    assert key_lines(text) == expected


def test_a_text_that_tomllib_refuses_is_refused_here_too() -> None:
    with pytest.raises(ValueError, match="at character 0"):
        key_lines("= 1")
