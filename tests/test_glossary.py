"""The glossary: each term is used in the chapters, explained shortly, and leads to the section that teaches it."""

import re

import pytest
from masters import EXERCISES, ROOT

PAGE = (ROOT / "book" / "glossary.md").read_text("utf-8")
BODY = PAGE.partition(":sorted:\n")[2].rpartition("```")[0]
ENTRIES = {
    block.partition("\n")[0]: " ".join(block.partition("\n")[2].split()) for block in re.split(r"\n\s*\n", BODY.strip())
}
TEXT = " ".join(" ".join((ROOT / "book" / f"{name}.md").read_text("utf-8") for name in EXERCISES).split()).lower()
LABELS = {
    label
    for page in (ROOT / "book").glob("*.md")
    for label in re.findall(r"^\(([\w-]+)\)=$", page.read_text("utf-8"), re.MULTILINE)
}


def section_of(term) -> str:
    return re.search(r"\{ref\}`(?:[^<`]*<)?([\w-]+)>?`$", ENTRIES[term])[1]


@pytest.mark.parametrize("term", ENTRIES)
def test_the_chapters_use_the_term(term):
    assert re.search(rf"\b{re.escape(term.lower())}(?:s|es)?\b", TEXT)


@pytest.mark.parametrize("term", ENTRIES)
def test_the_definition_is_short_and_ends_with_a_section_that_exists(term):
    definition = ENTRIES[term].rpartition("{ref}")[0].strip()
    assert 3 <= len(definition.split()) <= 40
    assert definition.endswith(".")
    assert section_of(term) in LABELS


@pytest.mark.parametrize("term", ENTRIES)
def test_the_section_that_is_named_speaks_of_it(term):
    first_word = term.lower().split()[0]
    for page in (ROOT / "book").glob("*.md"):
        text = page.read_text("utf-8")
        if f"\n({section_of(term)})=\n" in f"\n{text}":
            section = text.partition(f"({section_of(term)})=\n")[2]
            heading = re.match(r"#+", section)[0]
            section = re.split(rf"^#{{1,{len(heading)}}} ", section[len(heading) :], flags=re.MULTILINE)[0]
            words = " ".join(section.split()).lower()
            assert re.search(rf"\b{re.escape(first_word)}", words)


def test_the_terms_stand_in_alphabetical_order():
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)
    assert len(ENTRIES) > 50
