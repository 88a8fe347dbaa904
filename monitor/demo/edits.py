"""The script of the demo: what is done to the clinics' pages, act by act, and what Clinicwatch must make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from crawler.outcomes import Outcome
from monitor.demo.expect import Expectation, Wanted
from monitor.demo.pages import Answer, ClinicState, Rewording, load_clinics
from monitor.types import Direction, Family, Kind, Severity

Change = Callable[[ClinicState], ClinicState]

WALLED_REQUESTS: Final = 2  # fewer than failures_before_notice: a wall that passes is nobody's news


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a clinic does. `pages` are the paths of `clinic` that it touches ((): every page of every clinic).

    `undo` takes it back, once `expects.lasts` has been seen.
    """

    name: str
    title: str
    clinic: str
    pages: tuple[str, ...]
    change: Change
    expects: Expectation
    undo: Change | None = None


def reworded(*rewordings: Rewording) -> Change:
    """The clinic's text with other words in it."""
    return lambda state: replace(state, rewordings=(*state.rewordings, *rewordings))


def answering(path: str, answer: Answer, requests: int | None = None) -> Change:
    """The page at `path` answered by something else, for so many requests or until further notice."""
    return lambda state: replace(state, answers={**state.answers, path: (answer, requests)})


def answering_again(path: str) -> Change:
    """The page at `path` as before."""
    return lambda state: replace(
        state, answers={other: value for other, value in state.answers.items() if other != path}
    )


def with_noise(state: ClinicState) -> ClinicState:
    """Banner reworded, menu entry added, testimonials rotated, paragraphs reordered, date changed."""
    return replace(state, noise=True)


def without_disclaimer(state: ClinicState) -> ClinicState:
    """The footer of every page of the site without its disclaimer."""
    return replace(state, disclaimer=False)


def _first_look() -> Edit:
    """No edit at all: the daemon sees every page for the first time, and finds what the baselines say."""
    return Edit(
        "start",
        "the first look at every page, against the baselines",
        "",
        (),
        lambda state: state,
        Expectation("nothing", outcomes=(Outcome.OK,)),
    )


def script() -> tuple[tuple[Edit, ...], ...]:
    """The acts in order. The edits of one act are independent of each other and are made at the same time."""
    return (_first_look(),), (_noise(),), (*_meaning(), *_outages()), (_footer(),)


def _noise() -> Edit:
    return Edit(
        "noise",
        "noise only: banner reworded, menu entry added, testimonials rotated, paragraphs reordered, date changed",
        "",
        (),
        with_noise,
        Expectation("nothing", looks_after=2),
    )


def _meaning() -> tuple[Edit, ...]:
    neuro = "/neurodegenerative-diseases-review"
    return (
        Edit(
            "price",
            "price raised: 20.000–100.000 → 25.000–120.000 DKK",
            "cosmolaser",
            (_path("cosmolaser"),),
            reworded(
                Rewording("20.000-100.000", "25.000-120.000"),
                Rewording("mellem 20.000 og 100.000 kroner", "mellem 25.000 og 120.000 kroner"),
            ),
            Expectation(
                "price increased, high",
                (Wanted(Family.PRICE, Direction.INCREASED, Kind.AMOUNT, Severity.HIGH, "25.000-120.000"),),
            ),
        ),
        Edit(
            "rate",
            "success rate raised: 80% → 90%",
            "stamcelinstituut",
            (_path("stamcelinstituut"),),
            reworded(Rewording("dat 80% van de patiënten", "dat 90% van de patiënten")),
            Expectation(
                "claim strengthened, high",
                (Wanted(Family.CLAIM, Direction.STRENGTHENED, Kind.EFFICACY, Severity.HIGH, "90%"),),
            ),
        ),
        Edit(
            "hedge",
            "hedge dropped: may help → helps",
            "stemedix",
            (_path("stemedix"), neuro),
            reworded(Rewording("and may help amplify the positive", "and helps amplify the positive")),
            Expectation(
                "claim strengthened, high, on both pages with the article",
                (Wanted(Family.CLAIM, Direction.STRENGTHENED, Kind.EFFICACY, Severity.HIGH, "helps amplify"),),
                mails=2,
            ),
        ),
        Edit(
            "cure",
            "disclaimer removed: “the treatment is not a cure”",
            "dermamed",
            (_path("dermamed"),),
            reworded(Rewording("It is important to remember that the treatment is not a cure. ", "")),
            Expectation(
                "disclaimer removed, critical",
                (Wanted(Family.DISCLAIMER, Direction.REMOVED, Kind.OUTCOME, Severity.CRITICAL, "not a cure"),),
            ),
        ),
        Edit(
            "disease",
            "new disease offered: ALS",
            "acidta",
            (_path("acidta"),),
            reworded(
                Rewording(
                    "ends of the damaged spinal cord.\n",
                    "ends of the damaged spinal cord.\n\n"
                    "We now also treat patients with amyotrophic lateral sclerosis (ALS).\n",
                )
            ),
            Expectation(
                "indication added, high",
                (Wanted(Family.CLAIM, Direction.ADDED, Kind.INDICATION, Severity.HIGH, "amyotrophic"),),
            ),
        ),
    )


def _outages() -> tuple[Edit, ...]:
    gone, walled = "/lupus-review", "/knee-osteoarthritis-review"
    return (
        Edit(
            "gone",
            "page gone (404), and back",
            "stemedix",
            (gone,),
            answering(gone, Answer.GONE),
            Expectation(
                "status alert when gone and when back, no change",
                outcomes=(Outcome.GONE, Outcome.OK),
                status_mails=2,
                status_mails_before=1,
            ),
            undo=answering_again(gone),
        ),
        Edit(
            "wall",
            "page behind “checking your browser” for a while",
            "stemedix",
            (walled,),
            answering(walled, Answer.WALL, WALLED_REQUESTS),
            Expectation("blocked, no alert", outcomes=(Outcome.BLOCKED, Outcome.OK)),
        ),
    )


def _footer() -> Edit:
    stemedix = next(clinic for clinic in load_clinics() if clinic.slug == "stemedix")
    return Edit(
        "footer",
        "footer disclaimer removed on every page of the site",
        "stemedix",
        stemedix.paths,
        without_disclaimer,
        Expectation(
            "disclaimer removed, critical, one mail",
            (Wanted(Family.DISCLAIMER, Direction.REMOVED, None, Severity.CRITICAL, "Food and Drug Administration"),),
        ),
    )


def _path(slug: str) -> str:
    return next(clinic.path for clinic in load_clinics() if clinic.slug == slug)
