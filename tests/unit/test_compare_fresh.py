"""Wordings that no list was made from: what clinics in six languages drop, soften, promise and reword.

A row is language, before, after ("" where the sentence is gone), expected: "kind direction severity; …", or "" where
nothing may be told. Every row is read the other way round too.
"""

from __future__ import annotations

import pytest

from tests.unit.meaning_pages import compare_texts, page_of, told
from tests.unit.test_compare_examples import GREETINGS

ROWS = [
    (
        "en",
        "The injections might ease stiffness in worn knees.",
        "The injections ease stiffness in worn knees.",
        "efficacy strengthened high",
    ),
    (
        "en",
        "About a third of people treated noticed an improvement after six months.",
        "Roughly seven in ten people treated noticed an improvement after six months.",
        "efficacy strengthened high",
    ),
    ("en", "We cannot say in advance whether you will benefit.", "", "outcome removed critical"),
    ("en", "Bruising and tenderness around the injection site are common for a few days.", "", "risk removed critical"),
    (
        "en",
        "Bruising and tenderness around the injection site are common for a few days.",
        "You walk out the same day without any bruising or tenderness.",
        "risk removed critical; safety added critical",
    ),
    ("en", "This therapy has no marketing authorisation in the European Union.", "", "status removed critical"),
    (
        "en",
        "This therapy has no marketing authorisation in the European Union.",
        "This therapy holds a marketing authorisation in the European Union.",
        "regulatory added critical; status removed critical",
    ),
    (
        "en",
        "The FDA has not reviewed this product for safety or effectiveness.",
        "The FDA has reviewed this product for safety and effectiveness.",
        "regulatory added critical; status removed critical",
    ),
    (
        "en",
        "We treat knees, hips and shoulders.",
        "We treat knees, hips, shoulders and multiple system atrophy.",
        "indication added high",
    ),
    ("en", "Further research is needed before we can be sure.", "Further research is welcome.", "status weakened high"),
    ("en", "It is still unknown how long the effect lasts.", "", "outcome removed critical"),
    (
        "en",
        "Our doctors have performed over 3,000 procedures.",
        "Our doctors have performed over 5,000 procedures.",
        "standing changed low",
    ),
    (
        "en",
        "Cells come from your own fat tissue.",
        "Cells come from donated umbilical cords.",
        "treatment changed high",
    ),
    (
        "en",
        "Each infusion contains 50 million cells.",
        "Each infusion contains 100 million cells.",
        "treatment increased medium",
    ),
    (
        "en",
        "The package comprises three infusions.",
        "The package comprises five infusions.",
        "treatment increased medium",
    ),
    ("en", "Fee for one knee: $4,900", "Fee for one knee: contact us", "amount removed medium"),
    ("en", "A deposit of 20% is due on booking.", "A deposit of 30% is due on booking.", "terms changed medium"),
    ("en", "Only two treatment slots remain for June!", "", "urgency removed low"),
    (
        "en",
        "You will be back on your feet within days.",
        "You could be back on your feet within weeks.",
        "efficacy weakened medium",
    ),
    ("en", "Patients tell us they feel less tired.", "Patients tell us that they are less tired.", ""),
    ("en", "We are a team of dedicated doctors.", "We're a dedicated team of physicians.", ""),
    ("en", "Treatment costs five thousand pounds.", "Treatment costs £5,000.", ""),
    ("en", "People with amyotrophic lateral sclerosis can apply.", "People with ALS can apply.", ""),
    ("en", "Side effects may include fever and headache.", "Headache and fever can occur as side effects.", ""),
    ("en", "The treatment lacks approval by the FDA.", "The treatment is not approved by the FDA.", ""),
    ("en", "Results differ from person to person.", "Outcomes vary between individuals.", ""),
    (
        "en",
        "The stem cells improve your mobility.",
        "The stem cells may improve your mobility.",
        "efficacy weakened medium",
    ),
    ("en", "Our lab is FDA registered.", "Our lab is FDA approved.", "regulatory strengthened critical"),
    (
        "en",
        "The procedure is painless and safe.",
        "The procedure is painless, safe and free of any risk.",
        "safety strengthened critical",
    ),
    ("en", '"The swelling went down and I started running again" - Peter, 54', "", "testimonial removed low"),
    ("en", "Please note: this is not medical advice.", "Please note: this does not constitute medical advice.", ""),
    (
        "en",
        "Ask about our early-bird discount of 10%.",
        "Ask about our early-bird discount of 15%.",
        "terms changed medium",
    ),
    (
        "en",
        "Stem cells slow down the disease in most patients.",
        "Stem cells halt the disease in all patients.",
        "efficacy strengthened critical",
    ),
    ("en", "Infections have been reported after similar injections.", "", "risk removed critical"),
    ("en", "We do not treat patients with active cancer.", "", "risk removed critical"),
    (
        "en",
        "There is a small chance of infection.",
        "There is no chance of infection.",
        "risk removed critical; safety added critical",
    ),
    (
        "en",
        "Not every patient will notice a difference.",
        "Every patient will notice a difference.",
        "efficacy added critical; outcome removed critical",
    ),
    (
        "en",
        "The cells are injected into the knee joint.",
        "The cells are injected into the spinal canal.",
        "treatment changed high",
    ),
    (
        "en",
        "Clinical data are limited.",
        "Clinical data are extensive.",
        "evidence added high; status removed critical",
    ),
    (
        "nl",
        "De injecties verminderen mogelijk de stijfheid.",
        "De injecties verminderen de stijfheid.",
        "efficacy strengthened high",
    ),
    (
        "nl",
        "Ongeveer een op de drie patiënten merkt verbetering.",
        "Ongeveer twee op de drie patiënten merkt verbetering.",
        "efficacy strengthened high",
    ),
    ("nl", "Wij kunnen vooraf niet zeggen of de behandeling bij u aanslaat.", "", "outcome removed critical"),
    ("nl", "Over de werkzaamheid bestaat nog geen zekerheid.", "", "outcome removed critical"),
    ("nl", "De behandeling staat niet op de lijst van erkende zorg.", "", "status removed critical"),
    ("nl", "U kunt na de injectie enkele dagen pijn en zwelling hebben.", "", "risk removed critical"),
    (
        "nl",
        "U kunt na de injectie enkele dagen pijn en zwelling hebben.",
        "Na de injectie heeft u geen pijn of zwelling.",
        "risk removed critical; safety added critical",
    ),
    ("nl", "Een behandeling kost vijfduizend euro.", "Een behandeling kost € 5.000,-.", ""),
    ("nl", "Een behandeling kost € 5.000.", "Een behandeling kost € 6.500.", "amount increased high"),
    ("nl", "Prijs: € 4.500", "Prijs: neem contact op", "amount removed medium"),
    (
        "nl",
        "Onze kliniek beschikt niet over een vergunning voor stamceltherapie.",
        "Onze kliniek beschikt over een vergunning voor stamceltherapie.",
        "regulatory added critical; status removed critical",
    ),
    (
        "nl",
        "De cellen worden gewonnen uit uw eigen vetweefsel.",
        "De cellen worden gewonnen uit navelstrengen van donoren.",
        "treatment changed high",
    ),
    (
        "nl",
        "Wij behandelen artrose en peesklachten.",
        "Wij behandelen artrose, peesklachten en de ziekte van Parkinson.",
        "indication added high",
    ),
    ("nl", "Sinds de behandeling fiets ik weer elke dag, vertelt Ria (62).", "", "testimonial removed low"),
    ("nl", "Er zijn nog maar drie plekken vrij in mei.", "", "urgency removed low"),
    ("nl", "Vier van de vijf patiënten hebben minder pijn.", "80% van de patiënten heeft minder pijn.", ""),
    (
        "nl",
        "Verbetering is niet gegarandeerd.",
        "Verbetering is gegarandeerd.",
        "efficacy added critical; outcome removed critical",
    ),
    (
        "nl",
        "De meeste patiënten ervaren minder pijn.",
        "Alle patiënten ervaren minder pijn.",
        "efficacy strengthened critical",
    ),
    ("nl", "Bij sommige mensen verergeren de klachten.", "", "risk removed critical"),
    ("nl", "Infecties zijn zeldzaam maar kunnen voorkomen.", "", "risk removed critical"),
    (
        "da",
        "Behandlingen kan muligvis dæmpe smerterne.",
        "Behandlingen dæmper smerterne.",
        "efficacy strengthened high",
    ),
    (
        "da",
        "Cirka hver tredje patient mærker en bedring.",
        "Cirka to ud af tre patienter mærker en bedring.",
        "efficacy strengthened high",
    ),
    ("da", "Vi kan ikke på forhånd sige, om behandlingen virker for dig.", "", "outcome removed critical"),
    ("da", "Du kan få ømhed og hævelse i nogle dage.", "", "risk removed critical"),
    (
        "da",
        "Behandlingen er ikke godkendt af Lægemiddelstyrelsen.",
        "Behandlingen er godkendt af Lægemiddelstyrelsen.",
        "regulatory added critical; status removed critical",
    ),
    ("da", "En behandling koster femten tusind kroner.", "En behandling koster 15.000 kr.", ""),
    ("da", "En behandling koster 15.000 kr.", "En behandling koster 19.500 kr.", "amount increased high"),
    ("da", "Pris: 12.000 kr.", "Pris: kontakt os", "amount removed medium"),
    (
        "da",
        "Vi behandler slidgigt i knæ.",
        "Vi behandler slidgigt i knæ og hofte samt sklerose.",
        "indication added high",
    ),
    (
        "da",
        "Cellerne kommer fra dit eget fedtvæv.",
        "Cellerne kommer fra donorers navlesnore.",
        "treatment changed high",
    ),
    ("da", "Der er sjældne tilfælde af betændelse efter indsprøjtningen.", "", "risk removed critical"),
    ("da", "De fleste patienter får det bedre.", "Alle patienter får det bedre.", "efficacy strengthened critical"),
    ("da", "Resultaterne er forskellige fra person til person.", "Effekten varierer fra patient til patient.", ""),
    ("da", "Jeg kan løbe igen efter kun to behandlinger – Lone, 58 år", "", "testimonial removed low"),
    ("da", "Der findes endnu ingen store studier af metoden.", "", "status removed critical"),
    ("da", "Vi lover ikke mirakler.", "", "outcome removed critical"),
    ("da", "Vi har kun to ledige tider tilbage i marts.", "", "urgency removed low"),
    (
        "es",
        "Las inyecciones podrían aliviar la rigidez.",
        "Las inyecciones alivian la rigidez.",
        "efficacy strengthened high",
    ),
    (
        "es",
        "Uno de cada tres pacientes nota mejoría.",
        "Dos de cada tres pacientes notan mejoría.",
        "efficacy strengthened high",
    ),
    ("es", "No podemos saber de antemano si el tratamiento le funcionará.", "", "outcome removed critical"),
    ("es", "Puede notar dolor e hinchazón durante unos días.", "", "risk removed critical"),
    (
        "es",
        "COFEPRIS no ha autorizado este producto.",
        "COFEPRIS ha autorizado este producto.",
        "regulatory added critical; status removed critical",
    ),
    ("es", "El tratamiento cuesta cinco mil euros.", "El tratamiento cuesta 5.000 €.", ""),
    ("es", "El tratamiento cuesta 5.000 €.", "El tratamiento cuesta 7.000 €.", "amount increased high"),
    ("es", "Precio: 4.500 €", "Precio: consúltenos", "amount removed medium"),
    (
        "es",
        "Tratamos la artrosis de rodilla.",
        "Tratamos la artrosis de rodilla y la esclerosis lateral amiotrófica.",
        "indication added high",
    ),
    (
        "es",
        "Las células proceden de su propia grasa.",
        "Las células proceden de cordones umbilicales donados.",
        "treatment changed high",
    ),
    ("es", "Se han descrito casos de infección.", "", "risk removed critical"),
    ("es", "La mayoría de los pacientes mejora.", "Todos los pacientes mejoran.", "efficacy strengthened critical"),
    ("es", "Cuatro de cada cinco pacientes sienten menos dolor.", "El 80 % de los pacientes siente menos dolor.", ""),
    ("es", "Hoy puedo subir escaleras sin dolor, cuenta Marta, de 61 años.", "", "testimonial removed low"),
    ("es", "Faltan estudios amplios que confirmen su eficacia.", "", "status removed critical"),
    ("es", "Quedan pocas plazas para mayo.", "", "urgency removed low"),
    (
        "de",
        "Die Injektionen können die Steifheit möglicherweise lindern.",
        "Die Injektionen lindern die Steifheit.",
        "efficacy strengthened high",
    ),
    (
        "de",
        "Etwa jeder dritte Patient spürt eine Besserung.",
        "Etwa zwei von drei Patienten spüren eine Besserung.",
        "efficacy strengthened high",
    ),
    ("de", "Ob die Behandlung bei Ihnen anschlägt, lässt sich vorab nicht sagen.", "", "outcome removed critical"),
    ("de", "Nach der Injektion können Schmerzen und Schwellungen auftreten.", "", "risk removed critical"),
    (
        "de",
        "Das Verfahren ist vom Paul-Ehrlich-Institut nicht genehmigt.",
        "Das Verfahren ist vom Paul-Ehrlich-Institut genehmigt.",
        "regulatory added critical; status removed critical",
    ),
    ("de", "Eine Behandlung kostet fünftausend Euro.", "Eine Behandlung kostet 5.000 €.", ""),
    ("de", "Eine Behandlung kostet 5.000 €.", "Eine Behandlung kostet 6.900 €.", "amount increased high"),
    ("de", "Preis: 4.500 €", "Preis: auf Anfrage", "amount removed medium"),
    ("de", "Wir behandeln Arthrose.", "Wir behandeln Arthrose und Multiple Sklerose.", "indication added high"),
    (
        "de",
        "Die Zellen stammen aus Ihrem eigenen Fettgewebe.",
        "Die Zellen stammen aus gespendeten Nabelschnüren.",
        "treatment changed high",
    ),
    ("de", "In seltenen Fällen kommt es zu Infektionen.", "", "risk removed critical"),
    (
        "de",
        "Die meisten Patienten spüren eine Besserung.",
        "Alle Patienten spüren eine Besserung.",
        "efficacy strengthened critical",
    ),
    (
        "fr",
        "Les injections pourraient soulager la raideur.",
        "Les injections soulagent la raideur.",
        "efficacy strengthened high",
    ),
    (
        "fr",
        "Un patient sur trois constate une amélioration.",
        "Deux patients sur trois constatent une amélioration.",
        "efficacy strengthened high",
    ),
    ("fr", "Nous ne pouvons pas savoir à l'avance si le traitement vous conviendra.", "", "outcome removed critical"),
    ("fr", "Une douleur et un gonflement sont possibles pendant quelques jours.", "", "risk removed critical"),
    (
        "fr",
        "L'ANSM n'a pas autorisé ce traitement.",
        "L'ANSM a autorisé ce traitement.",
        "regulatory added critical; status removed critical",
    ),
    ("fr", "Le traitement coûte cinq mille euros.", "Le traitement coûte 5 000 €.", ""),
    ("fr", "Le traitement coûte 5 000 €.", "Le traitement coûte 6 900 €.", "amount increased high"),
    ("fr", "Prix : 4 500 €", "Prix : nous contacter", "amount removed medium"),
    (
        "fr",
        "Nous traitons l'arthrose.",
        "Nous traitons l'arthrose et la maladie de Parkinson.",
        "indication added high",
    ),
    (
        "fr",
        "Les cellules proviennent de votre propre graisse.",
        "Les cellules proviennent de cordons ombilicaux donnés.",
        "treatment changed high",
    ),
    ("fr", "De rares infections ont été rapportées.", "", "risk removed critical"),
    ("fr", "La plupart des patients vont mieux.", "Tous les patients vont mieux.", "efficacy strengthened critical"),
    ("fr", "De grandes études manquent encore.", "", "status removed critical"),
]

SWAPPED = {
    "added": "removed",
    "removed": "added",
    "strengthened": "weakened",
    "weakened": "strengthened",
    "increased": "decreased",
    "decreased": "increased",
    "changed": "changed",
}


def pages(language: str, *texts: str) -> list[str]:
    return [f"{GREETINGS[language]}\n\n{text}".rstrip() for text in texts]


@pytest.mark.parametrize(("language", "before", "after", "expected"), ROWS)
def test_what_is_told_of_a_fresh_wording(language: str, before: str, after: str, expected: str) -> None:
    old, new = (page_of(text, language) for text in pages(language, before, after))
    assert told(compare_texts(old, new, language)) == sorted(part.strip() for part in expected.split(";") if part)


@pytest.mark.parametrize(("language", "before", "after", "expected"), ROWS)
def test_the_way_back_is_the_opposite(language: str, before: str, after: str, expected: str) -> None:
    old, new = (page_of(text, language) for text in pages(language, before, after))
    there = compare_texts(old, new, language).changes
    back = compare_texts(new, old, language).changes
    assert sorted((c.kind, SWAPPED[c.direction]) for c in there) == sorted((c.kind, str(c.direction)) for c in back)
