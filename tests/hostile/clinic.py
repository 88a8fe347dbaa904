"""The healthy page of every case: a clinic's article with a price, in the layout of its site."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

OLD_PRICE = "20,000 EUR"
NEW_PRICE = "25,000 EUR"

ARTICLE = (
    "Stem cell therapy for {subject} has been offered at our clinic in the city since the year of its opening.",
    "Cells are taken from your own fat tissue under local anaesthesia and prepared in our laboratory within hours.",
    "The treatment costs {price} in all, with three nights at the clinic.",
    "80% of patients report an improvement within the first months after the treatment.",
    "The treatment is not a cure, and results vary from patient to patient.",
    "After the infusion you rest for two hours, and a nurse looks after you all the time until you go home.",
    "On the third day we talk about the months that follow, about exercise, about food and about sleep.",
    "You find us between the station and the park, and there are rooms for those who come from far away.",
    "Our team speaks five languages, and an interpreter is there whenever you or your family wish for one.",
    "Doctors with many years of practice take care of every patient from the first talk to the last check.",
)
NAV = ("Home", "Treatments", "Prices", "About us", "Log in", "Contact")
FOOTER = (
    "Northern Stem Cell Clinic, 1 Main Street. Open on weekdays from nine to five.",
    "We use cookies to count visits. Our website is under the law of the land that it is served from.",
)
SIBLING_PATH = "/journey"
SIBLING_TEXT = (
    "Patients from abroad land at the airport, where a driver of the clinic meets them with a sign.",
    "The hotel is a short walk from the clinic; breakfast and the transfer are part of the journey.",
    "On the first day a nurse takes blood, and the doctor talks with every patient about treatment and therapy.",
    "There is time for the museum, the harbour and the park before the cells are prepared.",
    "Family may stay in the same room, and children under twelve travel with us for half the fare.",
    "Bring the reports of your own doctor, your insurance papers and a list of what you take.",
    "Two weeks after the journey we call, and we call again after a month and after a year.",
    "Whoever needs a wheelchair tells us when booking, so that car and room are the right ones.",
)


def layout(title: str, main: str, *, head: str = "", nonce: str = "") -> bytes:
    """A page of the site: `main` is HTML."""
    nav = "".join(f'<li><a href="/{name.lower().replace(" ", "-")}">{name}</a></li>' for name in NAV)
    footer = "".join(f"<p>{words}</p>" for words in FOOTER)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}
<script nonce="{nonce}">var token = "{nonce}";</script></head>
<body><header><a href="/">Northern Stem Cell Clinic</a></header><nav><ul>{nav}</ul></nav>
<main>{main}</main>
<footer>{footer}</footer></body></html>""".encode()


def article(subject: str, price: str = OLD_PRICE) -> str:
    """The main part of the page about `subject`."""
    words = "".join(f"<p>{one.format(subject=subject, price=price)}</p>" for one in ARTICLE)
    return f"<h1>Stem cell therapy for {subject}</h1>{words}"


def page(subject: str, price: str = OLD_PRICE, *, head: str = "", nonce: str = "") -> bytes:
    """The whole page about `subject`."""
    return layout(f"Stem cell therapy for {subject} | Northern Clinic", article(subject, price), head=head, nonce=nonce)


MISSING = ("Hov!", "Her er der desværre ikke noget at se. Prøv at gå til forsiden.")
SIBLING = layout(
    "Your journey | Northern Clinic", "<h1>Your journey</h1>" + "".join(f"<p>{one}</p>" for one in SIBLING_TEXT)
)
SUBJECTS = ("multiple sclerosis", "spinal cord injury", "arthritis of the knee", "Parkinson's disease", "heart failure")


@dataclass
class Clinic:
    """What the pages say now. A path is healthy unless it stands in `sick`; `dear` holds those with the new price."""

    sick: set[str] = field(default_factory=set)
    dear: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def watch(self, path: str) -> None:
        self.known.add(path)

    def healthy(self, path: str) -> bytes | None:
        """The page for a path that is watched and well; every answer has other bytes, as real sites do."""
        if path == SIBLING_PATH:
            return SIBLING
        if path not in self.known or path in self.sick:
            return None
        return self.html(path)

    @staticmethod
    def missing() -> bytes:
        """What this site answers, with status 200, for what it does not have."""
        return layout("Northern Clinic", f"<h1>{MISSING[0]}</h1><p>{MISSING[1]}</p>")

    def html(self, path: str, *, head: str = "") -> bytes:
        return page(
            self.subject(path), NEW_PRICE if path in self.dear else OLD_PRICE, head=head, nonce=f"{next(self.numbers)}"
        )

    @staticmethod
    def subject(path: str) -> str:
        return SUBJECTS[sum(path.encode()) % len(SUBJECTS)]
