"""Clinics and pages: added once, found by what people type, and never lost."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text

from monitor.errors import NotFoundError, UsageError
from monitor.store.pages import (
    PageState,
    add_clinic,
    add_page,
    get_clinic,
    get_page,
    list_clinics,
    list_entries,
    list_pages,
    set_page_state,
    take_watchlist,
    update_page,
)
from monitor.watchlist import ClinicEntry, PageEntry, PageSettings


def watch(connection: Connection, *urls: str) -> int:
    """A clinic with these pages; its id."""
    of = add_clinic(connection, "stemedix", "Stemedix", "US")
    for url in urls:
        add_page(connection, of.id, url)
    return of.id


def test_a_page_is_stored_under_one_spelling_of_its_url(engine: Engine) -> None:
    with engine.begin() as connection:
        clinic_id = watch(connection)
        page = add_page(connection, clinic_id, "HTTPS://WWW.Clínica.example:443/Terapia?b=2&a=1#top", language="es")
        assert page.url == "https://www.xn--clnica-4va.example/Terapia?b=2&a=1"
        assert page.origin == "https://www.xn--clnica-4va.example:443"
        assert (page.state, page.visits, page.last_visit_at) == (PageState.ACTIVE, 0, None)
        with pytest.raises(UsageError, match="is watched already"):
            add_page(connection, clinic_id, "https://www.clínica.example/Terapia?b=2&a=1")
        other = add_page(connection, clinic_id, "https://www.clínica.example/Terapia?a=1&b=2")
        assert other.id != page.id
        assert connection.execute(text("SELECT count(*) FROM host")).scalar_one() == 1


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("stemedix.com/page", "must start with http"),
        ("ftp://stemedix.com/", "must start with http"),
        ("https://me:secret@stemedix.com/", "names a user or password"),
        ("https://stemedix.com/a b", "has a character that no URL has: ' '"),
        ("https://", "no usable host"),
        ("https://stemedix.com:99999/", "out of range"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused(engine: Engine, url: str, problem: str) -> None:
    with engine.begin() as connection:
        clinic_id = watch(connection)
        with pytest.raises(UsageError, match=problem):
            add_page(connection, clinic_id, url)


def test_a_page_is_found_by_number_url_and_unique_part(engine: Engine) -> None:
    with engine.begin() as connection:
        watch(connection, "https://a.example/spine_injury", "https://a.example/spineXinjury", "https://a.example/2024")
        by_part = get_page(connection, "spine_injury")
        assert by_part.url == "https://a.example/spine_injury"  # the underscore is no wildcard
        assert get_page(connection, str(by_part.id)) == by_part
        assert get_page(connection, " HTTPS://A.example:443/spine_injury#x ") == by_part
        assert get_page(connection, "SPINE_INJ") == by_part
        assert get_page(connection, "2024").url == "https://a.example/2024"  # no page has that number
        assert get_page(connection, "/2024").clinic.slug == "stemedix"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spine", r"no page 'spine'; that is part of 2 URLs: https://a.example/spine-1, https://a.example/spine-2"),
        ("https://a.example/spine-3", r"no page .*; did you mean https://a.example/spine-"),
        ("zzzzzz", r"no page 'zzzzzz'$"),
        ("%", r"no page '%'"),
        ("", r"no page ''"),
        ("999", r"no page '999'"),
        ("9" * 40, r"no page '9{40}'"),
    ],
)
def test_what_means_no_page_or_several_is_told(engine: Engine, name: str, message: str) -> None:
    with engine.begin() as connection:
        watch(connection, "https://a.example/spine-1", "https://a.example/spine-2")
        with pytest.raises(NotFoundError, match=message):
            get_page(connection, name)


def test_an_empty_store_says_so(engine: Engine) -> None:
    with engine.begin() as connection:
        with pytest.raises(NotFoundError, match="nothing is watched yet"):
            get_page(connection, "stemedix")
        with pytest.raises(NotFoundError, match="nothing is watched yet"):
            get_clinic(connection, "stemedix")


def test_an_unknown_clinic_gets_a_hint(engine: Engine) -> None:
    with engine.begin() as connection:
        watch(connection)
        with pytest.raises(NotFoundError, match="did you mean stemedix"):
            get_clinic(connection, "stemmedix")


def test_removing_keeps_the_page_and_adding_it_again_finds_its_history(engine: Engine) -> None:
    with engine.begin() as connection:
        clinic_id = watch(connection, "https://a.example/one", "https://a.example/one-more")
        page = get_page(connection, "https://a.example/one")
        connection.execute(
            text("UPDATE page SET visits = 7, next_visit_at = '2100-01-01' WHERE id = :id"), {"id": page.id}
        )
        set_page_state(connection, page.id, PageState.REMOVED)
        assert [one.url for one in list_pages(connection)] == ["https://a.example/one-more"]
        assert get_page(connection, str(page.id)).state == PageState.REMOVED
        assert get_page(connection, "example/one").url == "https://a.example/one-more"  # the removed stand back
        again = add_page(connection, clinic_id, "https://a.example/one", language="en")
        assert (again.id, again.visits, again.state, again.language) == (page.id, 7, PageState.ACTIVE, "en")


def test_paused_pages_are_not_due_and_resumed_ones_are_at_once(engine: Engine) -> None:
    due = text("SELECT count(*) FROM page WHERE state = 'active' AND next_visit_at <= now()")
    with engine.begin() as connection:
        watch(connection, "https://a.example/one")
        page = get_page(connection, "one")
        connection.execute(text("UPDATE page SET next_visit_at = now() + interval '6h'"))
        set_page_state(connection, page.id, PageState.PAUSED)
        assert connection.execute(due).scalar_one() == 0
        set_page_state(connection, page.id, PageState.ACTIVE)
        assert connection.execute(due).scalar_one() == 1
        with pytest.raises(NotFoundError):
            set_page_state(connection, 12345, PageState.PAUSED)
        with pytest.raises(NotFoundError):
            update_page(connection, 12345, language="", cadence_s=None, settings=PageSettings())


SETTINGS = PageSettings(
    render="browser",
    selector=("main",),
    ignore=(".ads", "#x"),
    headers=(("Accept-Language", "en"),),
    allow_hosts=("b.example",),
)
LIST = (
    ClinicEntry("empty", "No pages"),
    ClinicEntry(
        "stemedix",
        "Stemedix",
        "US",
        (PageEntry("https://a.example/1", "en", 3600.0, SETTINGS), PageEntry("https://a.example/2")),
    ),
)


def test_a_watchlist_comes_back_as_it_was_taken(engine: Engine) -> None:
    with engine.begin() as connection:
        report = take_watchlist(connection, LIST)
        assert report.added == ("https://a.example/1", "https://a.example/2")
        assert list_entries(connection) == LIST
        assert take_watchlist(connection, LIST).unchanged == report.added


def test_taking_a_watchlist_again_changes_what_differs_and_nothing_else(engine: Engine) -> None:
    with engine.begin() as connection:
        watch(connection, "https://a.example/kept", "https://a.example/2")
        take_watchlist(connection, LIST)
        for name, state in (("/1", PageState.REMOVED), ("/2", PageState.PAUSED)):
            set_page_state(connection, get_page(connection, name).id, state)
        changed = (ClinicEntry("other", "Other", "NL", (PageEntry("https://a.example/2", "nl"), LIST[1].pages[0])),)
        report = take_watchlist(connection, changed, restore=False)
        assert (report.updated, report.removed) == (("https://a.example/2",), ("https://a.example/1",))
        page = get_page(connection, "/2")
        assert (page.clinic.slug, page.language, page.state) == ("other", "nl", PageState.PAUSED)
        assert take_watchlist(connection, changed).restored == ("https://a.example/1",)
        assert get_page(connection, "kept").state == PageState.ACTIVE
        assert [one.slug for one in list_clinics(connection)] == ["empty", "other", "stemedix"]
