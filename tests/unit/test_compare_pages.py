"""Pages before and after: places, lists, moves, articles, baselines, and the seeds with the edits that must be told."""

from __future__ import annotations

import random
import time

import pytest

from monitor.compare.baseline import compare_with_baseline
from monitor.compare.pages import fingerprint
from monitor.text.extract import TextOptions, extract_page
from monitor.text.learned import Lessons, digest_of, label_learned
from monitor.types import Direction, Kind, NoticeKind, PageText, Severity
from tests.unit.meaning_pages import PROJECT, compare_texts, lexicons, page_of, told

ABOUT = "The clinic was founded in 1998 and stands in a quiet street near the station."
LIMIT = "This treatment is not approved by the health authorities. Results may vary."


def seed(number: str) -> str:
    (file,) = (PROJECT / "seeds").glob(f"{number}_*.txt")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "language", "old", "new", "expected"),
    [
        ("000", "nl", "80% van de patiënten", "90% van de patiënten", ["efficacy strengthened high"]),
        (
            "001",
            "en",
            "It is important to remember that the treatment is not a cure. ",
            "",
            ["outcome removed critical"],
        ),
        ("003", "en", "and may help amplify", "and helps amplify", ["efficacy strengthened high"]),
        ("001", "en", "Leave a Reply", "We now also treat patients with ALS.", ["indication added high"]),
        ("002", "da", "20.000-100.000", "25.000-120.000", ["amount increased high"]),
    ],
)
def test_the_edits_of_the_demo(number: str, language: str, old: str, new: str, expected: list[str]) -> None:
    text = seed(number)
    assert old in text
    after = text.replace(old, new).replace("mellem 20.000 og 100.000 kroner", "mellem 25.000 og 120.000 kroner")
    comparison = compare_texts(text, after, language)
    assert told(comparison) == expected
    assert comparison.text_changed


def test_the_same_price_in_three_places_is_one_change() -> None:
    text = seed("002")
    after = text.replace("20.000-100.000", "25.000-120.000").replace(
        "mellem 20.000 og 100.000 kroner", "mellem 25.000 og 120.000 kroner"
    )
    (change,) = compare_texts(text, after, "da").changes
    assert change.places == 3


def test_a_footer_gone_is_one_change_a_kind() -> None:
    text = seed("003")
    (line,) = [line for line in text.splitlines() if line.startswith("This website and its contents")]
    comparison = compare_texts(text, text.replace(line + "\n", ""))
    assert told(comparison) == ["outcome removed critical", "status removed critical"]


@pytest.mark.parametrize("number", ["000", "001", "002", "004"])
def test_reordered_paragraphs_are_nothing(number: str) -> None:
    blocks = seed(number).split("\n\n")
    random.Random(number).shuffle(blocks)
    text = "\n\n".join(block.replace("'", "’") for block in blocks)
    comparison = compare_texts("\n\n".join(sorted(blocks)), text)
    assert [c for c in comparison.changes if c.direction is not Direction.MOVED] == []


def test_two_diseases_added_to_a_list_are_one_change() -> None:
    before = "Conditions we treat\n- Knee osteoarthritis\n- Lupus\n"
    (change,) = compare_texts(before, before + "- Multiple sclerosis\n- Autism\n").changes
    assert (change.kind, change.direction) == (Kind.INDICATION, Direction.ADDED)
    assert "Multiple sclerosis" in change.after
    assert "Autism" in change.after


def test_a_sentence_split_in_two_is_nothing() -> None:
    before = "The treatment may relieve pain in the knee and it is not a cure for arthritis."
    after = "The treatment may relieve pain in the knee. It is not a cure for arthritis."
    assert told(compare_texts(before, after)) == []


def test_a_disclaimer_gone_while_its_meaning_stands_elsewhere_is_high() -> None:
    page = f"The therapy is not a cure.\n\n{ABOUT}\n\nPlease note that we do not offer a cure."
    comparison = compare_texts(page, page.replace("The therapy is not a cure.", "Welcome."))
    assert [c.severity for c in comparison.changes if c.kind is Kind.OUTCOME] in ([Severity.HIGH], [])
    assert Severity.CRITICAL not in [c.severity for c in comparison.changes]


def test_losing_a_statutory_notice_is_critical_whatever_stays() -> None:
    notice = "This stem cell therapy has not yet been approved by the United States Food and Drug Administration."
    stays = "Our products are not FDA approved."
    (change,) = compare_texts(f"{notice}\n\n{ABOUT}\n\n{stays}", f"{ABOUT}\n\n{stays}").changes
    assert (change.kind, change.severity) == (Kind.STATUS, Severity.CRITICAL)


def test_a_disclaimer_below_the_newsletter_has_moved() -> None:
    tail = "Subscribe to our newsletter\n\n© 2025 Northbridge Clinic. All rights reserved."
    before = f"{ABOUT}\n\n{LIMIT}\n\n{tail}"
    after = f"{ABOUT}\n\n{tail}\n\n{LIMIT}"
    assert told(compare_texts(before, after)) == ["status moved medium"]
    assert told(compare_texts(after, before)) == ["status moved medium"]


def test_another_story_is_nothing_and_a_first_one_is_told() -> None:
    one, other = "“I can climb the stairs again.” – Martha, 62", "“My hands are steadier now.” – Colin, 58"
    assert told(compare_texts(f"{ABOUT}\n\n{one}", f"{ABOUT}\n\n{other}")) == []
    assert told(compare_texts(ABOUT, f"{ABOUT}\n\n{one}")) == ["testimonial added medium"]
    assert told(compare_texts(f"{ABOUT}\n\n{one}", ABOUT)) == ["testimonial removed low"]


def test_a_story_beside_ones_that_are_known_to_take_turns_is_no_first_one() -> None:
    """Seen in a run of the demo: the known wordings are held back, so the next new one looked like the first."""
    one, other = "“I can climb the stairs again.” – Martha, 62", "“My hands are steadier now.” – Colin, 58"
    known = Lessons(rotating=frozenset({digest_of(page_of(one).blocks[0].key)}))
    before, after = page_of(f"{ABOUT}\n\n{one}"), page_of(f"{ABOUT}\n\n{other}")
    held = label_learned(before, known).page_text
    assert [block.boilerplate for block in held.blocks] == [None, "rotating"]
    assert told(compare_texts(held, after)) == told(compare_texts(after, held)) == []
    assert told(compare_texts(held, page_of(ABOUT))) == []


def test_articles_that_leave_the_archive_are_notices() -> None:
    text = seed("003")
    lines = text.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith("Knee osteoarthritis (OA) is a long-term"))
    end = next(i for i in range(start, len(lines)) if lines[i].startswith("Source:"))
    comparison = compare_texts(text, "".join(lines[:start] + lines[end + 1 :]))
    assert comparison.changes == ()
    assert [notice.kind for notice in comparison.notices] == [NoticeKind.ARTICLE_OUT] * 2
    back = compare_texts("".join(lines[:start] + lines[end + 1 :]), text)
    assert [notice.kind for notice in back.notices] == [NoticeKind.ARTICLE_IN] * 2


LONG = "What {0} are is told at some length, so that it is more than a teaser would be. " * 8


def archive(*articles: tuple[str, str], words: str = LONG) -> PageText:
    body = "".join(
        f"<article><h2>{title}</h2><p>{claim}</p><p>{words.format(title)}</p></article>" for title, claim in articles
    )
    html = f"<html><body><main><h1>Blog</h1>{body}</main></body></html>"
    return extract_page(html.encode(), "text/html", "https://clinic.example/blog", TextOptions("en"))


KNEES = ("Knees", "Our stem cells cured arthritis in 80% of patients.")
HIPS = ("Hips", "The infusion restores the hip.")
BACKS = ("Backs", "Our treatment heals back pain within a week.")


def test_an_article_that_enters_or_leaves_is_one_notice_with_its_title() -> None:
    comparison = compare_texts(archive(KNEES, HIPS), archive(BACKS, KNEES))
    assert comparison.changes == ()
    assert [(notice.kind, notice.text) for notice in comparison.notices] == [
        (NoticeKind.ARTICLE_IN, "Backs"),
        (NoticeKind.ARTICLE_OUT, "Hips"),
    ]


def test_an_article_under_the_same_heading_is_compared_however_much_is_new() -> None:
    before = archive(KNEES, HIPS)
    after = archive((KNEES[0], "Nobody can say yet what it does."), HIPS, words="All of {0} was written anew. " * 15)
    comparison = compare_texts(before, after)
    assert comparison.notices == ()
    assert any(change.before == KNEES[1] for change in comparison.changes)


def linked(*hrefs: str) -> PageText:
    links = "".join(f"<p>Our <a href='{href}'>brochure</a></p>" for href in hrefs)
    html = f"<html><body><main><p>{ABOUT}</p>{links}</main></body></html>"
    return extract_page(html.encode(), "text/html", "https://clinic.example/prices", TextOptions("en"))


@pytest.mark.parametrize(
    ("before", "after", "notices"),
    [
        (["/f/prices-2024.pdf"], ["/f/prices-2025.pdf"], ["prices-2024.pdf → prices-2025.pdf"]),
        (["/2024/prices.pdf"], ["/2025/prices.pdf"], ["prices.pdf → prices.pdf"]),
        (["/a.pdf", "/consent-form.docx"], ["/a.pdf"], ["consent-form.docx is no longer linked"]),
        (["/a.pdf"], ["/a.pdf", "/Pr%C3%A4sentation.pptx"], ["Präsentation.pptx is new"]),
        (["/a.pdf?ver=1"], ["/a.pdf?ver=2"], []),
        (["/a.pdf", "/b.pdf"], ["/b.pdf", "/a.pdf"], []),
        (["/about.html"], ["/contact.html"], []),
    ],
)
def test_a_document_that_was_replaced_is_a_notice(before: list[str], after: list[str], notices: list[str]) -> None:
    comparison = compare_texts(linked(*before), linked(*after))
    assert [notice.text for notice in comparison.notices] == notices
    assert {notice.kind for notice in comparison.notices} <= {NoticeKind.DOCUMENT_CHANGED}
    assert (comparison.changes, comparison.text_changed) == ((), bool(notices))


def test_a_page_that_links_to_a_hundred_new_documents_is_not_a_hundred_notices() -> None:
    notices = compare_texts(linked(), linked(*(f"/{number}{'x' * (number % 7)}.pdf" for number in range(100)))).notices
    assert (len(notices), notices[-1].text) == (20, "and 81 documents more")


def test_a_baseline_tells_what_is_missing_and_not_what_is_more() -> None:
    seed_text = f"{ABOUT} The therapy is not a cure."
    live = f"Home | Prices | Contact\n\n{ABOUT}\n\nWe treat autism. The treatment costs $5,000.\n\n{LIMIT}"
    comparison = compare_with_baseline(page_of(seed_text), page_of(live), lexicons())
    assert told(comparison) == ["outcome removed critical"]
    assert told(compare_with_baseline(page_of(ABOUT), page_of(live), lexicons())) == []


def test_unrelated_pairs_add_up() -> None:
    first = ("The therapy may relieve pain.", "The therapy relieves pain.")
    second = ("The fee is $5,000 per knee.", "The fee is $9,000 per knee.")
    alone = sorted(told(compare_texts(*first)) + told(compare_texts(*second)))
    before, after = (f"{a}\n\n{ABOUT}\n\n{b}" for a, b in zip(first, second, strict=True))
    assert told(compare_texts(before, after)) == alone


def test_fingerprints_are_equal_for_equal_words_only() -> None:
    one = fingerprint(Kind.EFFICACY, Direction.ADDED, "", "It’s a cure.")
    assert one == fingerprint(Kind.EFFICACY, Direction.ADDED, "", "It's  a cure.")
    assert one != fingerprint(Kind.EFFICACY, Direction.REMOVED, "", "It's a cure.")


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "no, " * 250_000, "not not cure " * 77_000, "The therapy cures 80% of MS for $5,000. " * 25_000],
    ids=["one word", "commas", "negations", "one sentence over and over"],
)
def test_a_megabyte_of_anything_is_answered_in_bounded_time(text: str) -> None:
    started = time.process_time()
    compare_texts(text, text[:500_000] + " It is not a cure. " + text[500_000:])
    assert time.process_time() - started < 20
