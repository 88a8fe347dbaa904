"""What forms, consents, chats and imprints say, in English, Dutch, Danish, Spanish, German and French.

Patterns for `monitor.text.phrases`: CONSENT_PART fits a part of a block in small letters, the others the whole of one.
"""

from __future__ import annotations

from typing import Final


def _lines(patterns: str) -> str:
    """One pattern of alternatives from lines of them."""
    return "|".join(line.strip() for line in patterns.split("\n") if line.strip())


CONSENT_PART: Final = _lines(
    r"""
    protected by recaptcha|(?:technical )?storage or access (?:that )?is (?:strictly )?(?:necessary|required|used)
    ^(?:by [\w ,]{3,60}? )?(?:i have read|i agree|i accept|i consent|you agree|you accept|you consent)[^.]{0,60}(?:privacy|terms (?:of|and|&))
    we (?:value|respect|care about|take) your privacy
    ^(?:door [\w ,]{3,60}? )?(?:ik ga|u gaat|gaat u|je gaat|ga je|ik ben) akkoord[^.]{0,60}(?:privacy|voorwaarden)|technische opslag of toegang
    ^ik (?:accepteer|heb)[^.]{0,60}privacy\w+|(?:wij|we) (?:waarderen|respecteren) (?:uw|je) privacy
    ^(?:jeg|du) (?:accepterer|giver samtykke|har læst|samtykker)[^.]{0,60}(?:privatliv|persondata|betingelser)
    tekniske lagring eller adgang|vi (?:værdsætter|respekterer|passer på) (?:dit privatliv|dine data)
    ^(?:al [\w ,]{3,60}? )?(?:acepto|he leído|aceptas?|consiento)\b[^.]{0,60}(?:privacidad|protección de datos|términos|aviso legal)
    almacenamiento o acceso técnico|(?:valoramos|respetamos) (?:tu|su) privacidad
    ^(?:(?:mit|durch) [\w ,]{3,60}? )?(?:ich habe|ich stimme|stimmen sie|ich akzeptiere|ich willige)[^.]{0,80}(?:datenschutz|verarbeitung meiner)
    technische speicherung oder der zugriff|technische speicherung oder zugriff
    wir (?:respektieren|schätzen) ihre privatsphäre|^(?:en [\w ,]{3,60}? )?(?:j.accepte|j.ai lu|vous acceptez|je consens)[^.]{0,60}(?:confidentialité|données|conditions générales)
    stockage ou l.accès technique|nous (?:respectons|valorisons) votre vie privée
"""
)
CONSENT_HINTS: Final = (
    "privacy", "terms ", "recaptcha", "storage or access", "voorwaarden", "opslag of toegang", "privatliv",
    "persondata", "betingelser", "dine data", "lagring eller", "privacidad", "protección de datos", "términos",
    "aviso legal", "almacenamiento", "datenschutz", "verarbeitung meiner", "speicherung oder", "privatsphäre",
    "confidentialité", "données", "conditions générales", "stockage ou", "vie privée",
)  # fmt: skip
CONSENT_WHOLE: Final = _lines(
    r"""
    (?:accept|allow|reject|decline|deny)(?: all| everything| selected| selection)?
    (?:only|use) (?:necessary|essential)(?: only)?|(?:manage|view|save|change|customi[sz]e)(?: my)? (?:consent|preferences|options|services|vendors|choices)
    (?:(?:functional|functioneel|funktionel|funktionsdygtig|funcional|funktional|fonctionnel|necessary|statistics|statistieken|statistik|estadísticas|statistiken|statistiques|marketing|preferences|voorkeuren|præferencer|preferencias|vorlieben|préférences)\W*)?(?:always active|altijd actief|altid aktiv|siempre activo|immer aktiv|toujours activé)
    (?:alles? )?(?:accepteren|weigeren|toestaan)|(?:toestemming|voorkeuren|opties) (?:beheren|bekijken|opslaan)
    beheer (?:toestemming|opties|diensten|voorkeuren)
    (?:accepter|afvis|tillad)(?: alle| alt)|kun nødvendige|administrer (?:samtykke|muligheder|tjenester|præferencer)
    (?:gem|vis) (?:præferencer|indstillinger)
    (?:aceptar|rechazar|denegar|permitir)(?: tod[oa]s?)?|gestionar (?:el )?(?:consentimiento|opciones|servicios|preferencias)
    (?:ver|guardar) preferencias|s[oó]lo (?:necesarias|esenciales)
    (?:alle |alles )?(?:akzeptieren|ablehnen|zulassen)|nur (?:notwendige|essenzielle|erforderliche)(?: cookies)?(?: akzeptieren)?
    (?:einwilligung|einstellungen|auswahl|optionen|dienste) (?:verwalten|speichern|ansehen)
    (?:tout |tous )?(?:accepter|refuser|autoriser)(?: tout| tous)?
    gérer (?:le consentement|les options|les services|mes choix)|(?:voir|enregistrer) les préférences
    personnaliser(?: mes choix)?
"""
)
_MINE: Final = r"(?:(?:your|uw|je|jouw|dit|din|su|tu|ihre?|deine?|votre|enter your|please enter your)\s+)?"
_FIELD: Final = _lines(
    r"""
    (?:full |first |last |family )?name|surname|(?:volledige )?naam|voornaam|achternaam|(?:for|efter|fulde )?navn
    nombre(?: completo| y apellidos)?|apellidos?|(?:vor|nach)?name|vor- und nachname|(?:nom et )?prénom|nom(?: complet| et prénom)?
    e-?mail(?:[ -]?(?:address|adres|adresse))?|correo(?: electrónico)?|adresse e-?mail|courriel
    (?:phone|mobile|telephone)(?: number)?|telefoon(?:nummer)?|telefon(?:nummer)?|teléfono|(?:numéro de )?téléphone
    message|bericht|besked|mensaje|nachricht|question|vraag|spørgsmål|pregunta|frage
    subject|onderwerp|emne|asunto|betreff|objet|sujet|country|land|país|pays|city|stad|by|ciudad|stadt|ville
    date of birth|geboortedatum|fødselsdato|fecha de nacimiento|geburtsdatum|date de naissance
    zip ?code|postal code|postcode|postnummer|código postal|postleitzahl|plz|code postal|website
"""
)
_MUST: Final = _lines(
    r"""
    required|optional|verplicht|optioneel|valgfri|påkrævet|obligatorio|opcional|erforderlich|pflichtfeld|obligatoire
    facultatif
"""
)
_SEND: Final = _lines(
    r"""
    send(?: message| request| now| enquiry)?|submit(?: form)?|verzenden|verstuur(?: bericht)?|versturen|send besked
    enviar(?: mensaje| consulta| formulario)?|(?:nachricht )?(?:ab)?senden|envoyer(?: le message| la demande)?|soumettre
"""
)
FORM: Final = rf"{_MINE}(?:{_FIELD})(?:\W*(?:{_MUST}))?|{_SEND}"
CHAT: Final = _lines(
    r"""
    (?:live )?chat(?: with us| now| met ons| med os| con nosotros| mit uns| avec nous)?
    (?:(?:hi|hello|hallo|hej|hola|bonjour)\b.{0,12})?(?:how (?:can|may) (?:we|i) help(?: you)?(?: today)?|waarmee kunnen (?:we|wij) (?:u|je) helpen|hvordan kan vi hjælpe(?: dig)?|(?:en qué|cómo) podemos ayudar(?:le|te)|wie können wir (?:ihnen|dir) helfen|comment pouvons-nous vous aider)
    (?:whats ?app|message) us|app ons|escríb[ea]nos(?: por whatsapp)?
"""
)
REGISTRATION: Final = (
    r"(?:cvr(?:[- ]?nr)?|kvk(?:[- ]?(?:nummer|nr))?|btw(?:[- ]?(?:nummer|nr|id))?|vat(?: (?:no|number|reg))?|cif|nif"
    r"|ust\.?-?id(?:ent)?\.?(?:-?(?:nr|nummer))?|steuernummer|handelsregister\w*|hrb|siret|siren|rcs"
    r"|(?:n° ?)?tva(?: intracommunautaire)?|abn|acn|company (?:no|number|registration)(?: number)?)\b"
    r"[\s.:#-]*(?:[a-zà-ÿ]{2,20} )?[a-z]{0,4}[\d .-]{6,22}[a-z]?\d{0,3}"
)
DIRECTIONS: Final = _lines(
    r"""
    (?:get |view )?directions|(?:view|open) (?:in |on )?(?:google )?maps?|view larger map|route(?:beschrijving)?(?: plannen)?
    (?:plan|bekijk) (?:uw |je )?route|(?:se|vis) (?:rute|kort)(?: på kort)?|find vej|cómo llegar|ver (?:en el )?mapa
    (?:route planen|anfahrt|routenplaner)|itinéraire|voir (?:sur )?la carte
"""
)
