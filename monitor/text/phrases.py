"""What boilerplate says, in English, Dutch, Danish, Spanish, German and French.

Some patterns must fit the whole of a short block, others a part of one; the first that fits gives the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from monitor.text.dates import DATE
from monitor.text.form_phrases import (
    CHAT,
    CONSENT_HINTS,
    CONSENT_PART,
    CONSENT_WHOLE,
    DIRECTIONS,
    FORM,
    REGISTRATION,
)


def _lines(patterns: str) -> str:
    """One pattern of alternatives from lines of them."""
    return "|".join(line.strip() for line in patterns.split("\n") if line.strip())


def _hints(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_DAY: Final = _lines(
    r"""
    (?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?|m(?:aa|a)ndag|tirsdag|onsdag|torsdag|fredag
    lørdag|søndag|ma|di|wo|do|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|man|tir|ons|tor
    fre|lør|søn|lun(?:es|di)?|mar(?:tes|di)?|mi[eé](?:r|rcoles)?|mercredi|jue(?:ves)?|jeudi|vie(?:rnes)?|vendredi
    s[aá]b(?:ado)?|samedi|dom(?:ingo)?|dimanche|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag
    samstag|sonntag
"""
)
_CLOCK: Final = r"\d{1,2}(?:[:.h]\d{2})?\s*(?:[ap]\.?m\.?|uhr|uur|h)?"
_DAYS: Final = rf"(?:l\.?\s?[-–a]\s?v\b|(?:{_DAY}))\.?(?:\s*(?:[-–—/,&]|to|and|t/m|en|og|y|und|et|til|tot|a|bis|au|à)\s*(?:{_DAY})\.?)*"
_SPAN: Final = rf"{_CLOCK}\s*(?:[-–—]|to|tot|til|a|bis|à)\s*{_CLOCK}"
_HOURS: Final = rf"(?:.*\b)?{_DAYS}[\s:,|]*(?:kl\.?|from|van|fra|de|von|um)?\s*{_SPAN}.*"
_CLOSED: Final = rf"{_DAYS}[\s:,–-]+(?:closed|gesloten|lukket|cerrado|geschlossen|fermé)"
_HOURS_WORDS: Final = _lines(
    r"""
    (?:opening|office|business|clinic) hours|hours of operation|openingstijden|åbningstider
    horarios?(?: de (?:atención|apertura))?|öffnungszeiten|sprechzeiten|heures d.ouverture|horaires
"""
)
_PHONE: Final = (
    r"(?:(?:tel(?:efoon|efon|éfono|ephone|éphone)?|phone|call(?: us)?(?: now| today)?|mobile?|fax|whats ?app|bel(?: ons)?|ring(?: til os)?|tlf|ll[aá]me(?:nos)?|llámanos|rufen sie(?: uns)?(?: an)?|appelez(?:-nous)?)\b[\s.:]*(?:at|on|via|på|al|au|unter|op)?[\s:]*)?"
    r"\(?\+?\d[\d\s().\-/]{6,18}\d"
)
_MAIL: Final = r"(?:e-?mail|mail|correo|courriel)?[\s:]*[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_SOCIAL: Final = _lines(
    r"""
    facebook|twitter|x|instagram|linkedin|youtube|pinterest|whats ?app|telegram|tiktok|reddit|tumblr|e-?mail|print
    copy link|vk|xing|messenger|threads
"""
)
_UPDATED: Final = _lines(
    r"""
    (?:this (?:page|article|post|policy) was )?(?:last )?(?:updated|modified|revised|reviewed|published|posted|written)(?: on| by)?
    date|effective(?: date| as of)?|laatst (?:bijgewerkt|gewijzigd)|gepubliceerd|geplaatst|bijgewerkt
    sidst opdateret|opdateret|udgivet|publiceret|offentliggjort|(?:última )?actualizaci[oó]n|actualizado|publicado
    (?:last|laatste|seneste|[uú]ltima|letzte|dernière) (?:changed?|edit(?:ed)?|revision|wijziging|ændring|opdatering|modificaci[oó]n|änderung|aktualisierung|modification)
    fecha|(?:zuletzt )?(?:aktualisiert|geändert)|veröffentlicht|stand|(?:dernière )?mise à jour|mis à jour|publié
    modifié
"""
)
_NUMBER: Final = r"\d[\d.,' ]*[km]?"


_DIGIT: Final = re.compile(r"\d")
_NEAR: Final = 160  # characters before and after a hint in which its phrase begins and ends


def _any(*patterns: str) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


_CONSENT: Final = _lines(
    r"""
    (?:this|our|the) (?:web)?site uses? (?:\w+ )?cookies
    we (?:and our partners )?(?:use|store|value)[\w ,/]{0,40}(?:cookies|your privacy)
    cookies? (?:notice|settings|preferences|policy|banner|consent|instellingen|indstillinger|voorkeuren|einstellungen)
    (?:accept|reject|allow|decline|manage)(?: all| necessary| only)? cookies
    by (?:continuing|clicking|using)[^.]{0,60}cookies
    (?:necessary|functional|analytical|marketing|non-necessary|preference|statistics?)[\w -]{0,12} cookies
    cookies (?:are|help|allow|enable|that are|that may)[^.]{0,60}(?:website|stored|browser|function|necessary|essential)
    procure user consent|(?:deze|onze|de) (?:web)?site (?:maakt gebruik van|gebruikt) [\w ]{0,20}cookies
    wij gebruiken [\w ]{0,20}cookies
    (?:alle )?cookies (?:accepteren|toestaan|weigeren|beheren|accepteer|tillad|afvis)|accepteer (?:alle )?cookies
    cookie-?(?:melding|verklaring|beleid|politik|erklæring)
    (?:denne|vores|dette) (?:hjemmeside|side|website|webside|websted) (?:bruger|anvender|benytter) [\w ]{0,20}cookies
    vi (?:bruger|anvender) [\w ]{0,20}cookies|(?:tillad|accepter|afvis) (?:alle )?cookies
    (?:este|nuestro|el) (?:sitio|página)[\w ]{0,6} (?:web )?(?:utiliza|usa|emplea) [\w ]{0,20}cookies
    (?:utilizamos|usamos) [\w ]{0,20}cookies|aviso de cookies|pol[ií]tica de cookies|aceptar (?:todas las )?cookies
    plugin cookies|aceptaci[oó]n de las [\w ]{0,16}cookies
    (?:diese|unsere) (?:web)?(?:site|seite) (?:verwendet|nutzt|benutzt) [\w ]{0,20}cookies
    wir (?:verwenden|nutzen|setzen) [\w ]{0,20}cookies|(?:alle )?cookies (?:akzeptieren|ablehnen|zulassen|verwalten)
    cookie-?(?:richtlinie|einstellungen|hinweis)|ce site (?:web )?utilise [\w ]{0,20}cookies
    nous utilisons [\w ]{0,20}cookies|(?:accepter|refuser|gérer)(?: tous)? les cookies
    politique (?:de|relative aux) cookies
"""
)
_LEAD: Final = _lines(
    r"""
    subscribe to (?:our|the) (?:newsletter|mailing list|blog)
    (?:join|sign up (?:for|to)) (?:our|the) (?:\w+ )?(?:newsletter|mailing list|e-?mail list)
    (?:newsletter|e-?mail) (?:sign-?up|subscription)|successfully subscribed
    thanks?(?: you)? for (?:your interest|subscribing|signing up)
    request (?:an? |your |our )?(?:free )?(?:information|info) (?:packet|pack|kit|brochure)
    (?:send|get|download|receive|claim)(?: you)? (?:your|our|a|the|my) free (?:\w+ ){0,3}(?:packet|pack|kit|brochure|guide|e-?book|report)
    receive the latest (?:news|updates)|never miss (?:a|an) (?:post|update)|your inbox|we (?:hate|don.t) spam
    unsubscribe (?:at )?any ?time|enter your e-?mail(?: address)? to|request (?:more|further) information
    vraag (?:vrijblijvend |meer |gratis )*informatie aan|nyheder (?:direkte )?i din (?:indbakke|mail)
    (?:reg[ií]str[ea](?:se|te)|apúnt[ea](?:se|te)) (?:para|a)[\w ]{0,20}(?:noticias|bolet|newsletter)|solicitar información
    (?:broschüre|infopaket|infomaterial) anfordern|recevez (?:nos|les)[\w ]{0,12} (?:actualités|nouvelles)
    demandez (?:notre|la) brochure
    (?:abonneer|schrijf je in|meld je aan|schrijf u in|meld u aan)[\w ]{0,16} (?:nieuwsbrief|mailinglijst)
    (?:ontvang|aanmelden voor) (?:onze|de|het laatste)[\w ]{0,10} nieuws(?:brief)?
    vraag (?:het |een |ons )?(?:gratis )?(?:informatiepakket|brochure) aan
    bedankt voor (?:je|uw) (?:aanmelding|interesse|inschrijving)|nieuwsbrief
    tilmeld (?:dig )?(?:vores |til )?(?:vores )?nyhedsbrev\w*|nyhedsbrev\w*|tak for din (?:tilmelding|interesse)
    (?:få|hent|modtag) (?:vores |en |din )?(?:gratis|nyheder)[\w ]{0,20}(?:guide|pakke|brochure|mail|e-mail)
    suscr[ií]b(?:ete|ase|irse)(?: a)?[\w ]{0,20}|bolet[ií]n(?: de noticias| informativo)?
    gracias por (?:su|tu) (?:inter[eé]s|suscripci[oó]n)
    (?:solicite|solicita|descargue|descarga) (?:su|tu|nuestro|el) (?:\w+ )?(?:folleto|paquete|gu[ií]a)
    (?:jetzt )?(?:unseren |zum |den )?newsletter (?:abonnieren|anmelden|anmeldung)
    melden sie sich[\w ]{0,16} newsletter|vielen dank für (?:ihr interesse|ihre anmeldung)|infopaket anfordern
    (?:abonnez-vous|inscrivez-vous)[\w àa]{0,16}(?:newsletter|lettre)
    merci (?:de|pour) votre (?:inscription|intérêt)|lettre d.information
"""
)
_COMMENTS: Final = _lines(
    r"""
    leave a (?:reply|comment)|(?:post|submit|add) (?:a )?comment|cancel reply
    your e-?mail address will not be published|required fields are marked|save my name,? e-?mail
    you must be logged in to (?:post|comment)|comments? (?:are closed|off)|no comments(?: yet)?
    be the first to comment|notify me of (?:new|follow)|(?:laat|geef|plaats) een (?:reactie|antwoord)(?: achter)?
    reactie annuleren|(?:je|uw|het) e-?mailadres wordt niet (?:gepubliceerd|getoond)|reageer op dit
    (?:skriv|efterlad|tilføj)(?: et| en)? (?:svar|kommentar)|annuller svar
    din e-?mailadresse vil ikke blive (?:publiceret|offentliggjort)|dej(?:a|e|ar)(?: una?)? (?:respuesta|comentario)
    cancelar (?:la )?respuesta|(?:tu|su) direcci[oó]n de correo (?:electr[oó]nico )?no ser[aá] publicada
    publicar (?:el |un )?comentario|(?:schreibe|hinterlasse)(?: einen| eine| mir eine)? (?:kommentar|antwort)
    antwort abbrechen|deine e-?mail-adresse wird nicht veröffentlicht|kommentar abschicken
    laisser un (?:commentaire|réponse)|annuler la réponse|votre adresse (?:e-mail|de messagerie) ne sera pas publiée
    laisser un commentaire
"""
)
_RELATED: Final = _lines(
    r"""
    (?:related|recent|latest|similar|more|popular|featured|recommended|trending|other) (?:posts?|articles?|news|stories|blogs?|reading|content|pages|videos|from (?:the|our) blog)
    you (?:may|might) (?:also )?(?:like|be interested).*|read (?:more|next|also)|from (?:the|our) blog
    more (?:from|on) .{1,40}|archives?|categories|tags?|recent comments
    (?:gerelateerde?|recente|laatste|meer|andere|vergelijkbare|populaire)(?: \w+)? (?:berichten|artikelen|nieuws|blogs?|pagina.s)
    lees (?:ook|meer|verder)|(?:misschien|wellicht) (?:ook )?interessant.*
    (?:relaterede|seneste|nyeste|lignende|andre|flere|populære)(?: \w+)? (?:indlæg|artikler|nyheder|blogindlæg|sider|opslag)
    læs (?:også|mere|videre)|måske (?:er du )?også.*
    (?:art[ií]culos|entradas|noticias|publicaciones|posts|temas) (?:relacionad[oa]s|recientes|similares|populares|destacad[oa]s)
    [uú]ltim[oa]s (?:noticias|entradas|publicaciones|art[ií]culos)|(?:te|le) puede interesar.*
    tambi[eé]n (?:te|le) (?:puede|podr[ií]a).*|leer m[aá]s
    (?:ähnliche|verwandte|neueste|letzte|weitere|aktuelle|beliebte)(?:r|s)? (?:beiträge|artikel|themen|nachrichten|news|posts)
    das könnte (?:sie|dich|ihnen|dir) auch.*|weiterlesen|mehr lesen|lesen sie (?:auch|mehr)
    (?:articles?|publications?|actualités|billets) (?:similaires|liés|récents?|récentes|associés|connexes|populaires)
    (?:à lire aussi|lire (?:aussi|la suite|plus)|vous aimerez aussi.*|dernières (?:actualités|nouvelles))
    en savoir plus
"""
)
_SHARE: Final = _lines(
    rf"""
    (?:share|tweet|pin|like|follow)(?: (?:this|us|on|via|with|me|it|post|article|page|friends|by|in|to|a|new|window)| (?:{_SOCIAL}))*
    (?:click to )?(?:share|e-?mail)(?: (?:this|on|a|link|to|friend))* (?:{_SOCIAL})?.{{0,24}}
    (?:{_SOCIAL})(?:[\s,|/•·-]+(?:{_SOCIAL}))*
    (?:deel|volg|delen)(?: (?:dit|ons|via|op|artikel|bericht|deze|pagina|{_SOCIAL}))*
    (?:del|følg)(?: (?:os|på|artikel(?:en)?|indlæg(?:get)?|dette|med|siden|med venner|{_SOCIAL}))*
    (?:comp[aá]rt(?:e|ir|elo)|s[ií]guenos|seguir)(?: (?:en|este|art[ií]culo|esto|redes|sociales|con|{_SOCIAL}))*
    (?:teilen|folgen sie uns|folge uns|beitrag teilen)(?: (?:auf|mit|bei|{_SOCIAL}))*
    (?:auf|per|via|über) (?:{_SOCIAL}) teilen
    (?:partager?|partagez|suivez-nous|suivre)(?: (?:sur|cet|article|ceci|cette|page|nous|{_SOCIAL}))*
"""
)
_COPYRIGHT: Final = _lines(
    r"""
    ^\W*(?:©|\(c\)|copyright|&copy;).{0,160}
    .{0,120}(?:all rights reserved|alle rechten voorbehouden|alle rettigheder forbeholdes|todos los derechos reservados|alle rechte vorbehalten|tous droits réservés).{0,80}
    .{0,80}©\s*(?:19|20)\d\d.{0,80}
    (?:powered|designed|developed|website|web ?design|made|built|site) (?:by|with|door|af|por|von|par) .{2,60}
    proudly powered by .{2,40}
"""
)
_COUNTER: Final = _lines(
    rf"""
    (?:page |post |total |profile )?(?:views?|visits?|visitors?|hits|reads?|likes?|shares?|downloads?|comments?|bezoekers|weergaven|reacties|visninger|besøg(?:ende)?|kommentarer|delinger|vistas|visitas|comentarios|aufrufe|besucher|kommentare|vues|visites|commentaires)\s*[:(]?\s*{_NUMBER}\)?
    (?:viewed |read |shared |gelezen |set |visto |gelesen |lu )?{_NUMBER}\s*(?:times|views?|visits?|visitors?|hits|reads?|likes?|shares?|downloads?|comments?|replies|followers|keer(?: gelezen| bekeken)?|bezoekers|weergaven|reacties|visninger|gange|besøgende|kommentarer|delinger|vistas|visitas|veces|comentarios|aufrufe|besucher|kommentare|mal(?: gelesen)?|vues|visites|fois|commentaires)
    (?:\d+|an?|one|een|en|et|un|una|une|ein|eine) ?(?:min(?:ute)?s?|min\.?|minuten|minutter|minutos?) (?:read|leestijd|læsetid|lesezeit|de lectura|de lecture)
    (?:reading time|leestijd|læsetid|tiempo de lectura|lesezeit|temps de lecture)\s*:?\s*.{{1,16}}
    {_NUMBER} (?:google )?(?:reviews?|ratings?|beoordelingen|recensies|anmeldelser|reseñas|opiniones|valoraciones|bewertungen|rezensionen|avis)
    (?:rating:?|score:?)?\s*\d(?:[.,]\d{{1,2}})?\s*(?:/|out of|von|van|de|af|sur|uit)\s*(?:5|10)\b(?:.{{0,20}}{_NUMBER} ?(?:\w+ )?(?:reviews?|ratings?|beoordelingen|recensies|anmeldelser|reseñas|opiniones|valoraciones|bewertungen|rezensionen|avis))?
    er (?:is|zijn) {_NUMBER} reacties?
    (?:there are |currently )?{_NUMBER} (?:people|visitors|users|others|guests|personen|mensen|bezoekere?|personas|besucher|personnes) (?:are |currently )?(?:viewing|watching|online|looking|bekijken|viendo).{{0,30}}
"""
)
_AGO: Final = _lines(
    r"""
    (?:posted |published |updated )?(?:\d+|an?|one|few) (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?) ago
    \d+ (?:seconden|minuten|uur|dagen?|weken|maanden|jaar) geleden|for \d+ \w+ siden|hace \d+ \w+|vor \d+ \w+
    il y a \d+ \w+|yesterday|today
"""
)
_BYLINE: Final = rf"(?:by|door|af|por|von|par|author|auteur|forfatter|autor)\s*:?\s+[^.!?]{{2,50}}[|,•·-]\s*(?:{DATE.pattern}|{_AGO}).{{0,60}}"
_DATE_ONLY: Final = rf"\W*(?:{_DAY})?[\s,.]*(?:{DATE.pattern})[\s,.|•·-]*(?:(?:at|om|kl\.?|a las|um|à)?\s*{_CLOCK})?(?:\s*(?:gmt|utc|cet|est|pst|[ap]m))?\W*"
_UPDATED_LINE: Final = rf"\W*(?:\w+(?:'s)? ){{0,4}}(?:{_UPDATED})\b[\s:,.]*(?:on|op|den|el|am|le|the|as of|van|vom|por|by)?\s*(?:{DATE.pattern}|{_AGO}).{{0,50}}"
_WRITTEN: Final = rf"(?:written|posted|published|filed|skrevet|geschreven|escrito|geschrieben|écrit|publié|publicado|veröffentlicht|geplaatst|udgivet) (?:by|in|af|door|por|en|von|par|i) .{{2,40}}? (?:on |op |den |el |am |le )?(?:{DATE.pattern})\W*(?:(?:by|af|door|por|von|par) .{{2,40}})?"
_FILED: Final = rf"(?:{DATE.pattern})\s*[|•·]\s*[^.!?]{{2,40}}"  # a post's date and category
_LANGUAGES: Final = _lines(
    r"""
    english|nederlands|dutch|dansk|danish|español|spanish|deutsch|german|français|french|italiano|português|русский
    polski|svenska|norsk|suomi|türkçe|العربية|中文|简体中文|日本語|한국어|en|nl|da|dk|es|de|fr|it|pt|ru|pl|sv|no|fi|tr|ar|zh|us
    uk|gb
"""
)
_SKIP: Final = _lines(
    r"""
    (?:skip|jump) to (?:the )?(?:main |primary )?(?:content|navigation|menu|footer|search)
    (?:ga|spring) naar (?:de )?(?:hoofd)?inhoud|(?:gå|spring) til (?:hoved)?indhold|saltar al contenido
    ir al contenido|zum inhalt(?: springen)?|(?:aller|passer) au contenu(?: principal)?|back to (?:the )?top
    scroll to top|naar boven|til toppen|volver arriba|nach oben|haut de page
    loading|laden|indlæser|cargando|wird geladen|chargement(?: en cours)?
    (?:toggle|open|close|show|hide)(?: main| mobile| the)? (?:navigation|menu|search)|menu|search|close
    (?:main )?navigation
"""
)
_CHECKING: Final = _lines(
    r"""
    (?:please )?(?:enable|activate|turn on) (?:java ?script|cookies).*
    (?:this site|you need to|to (?:use|view)).{0,40}java ?script.*|java ?script (?:is|must be|seems to be).*
"""
)
_PAGING: Final = _lines(
    r"""
    (?:older|newer|previous|next|vorige|volgende|forrige|næste|anterior(?:es)?|siguientes?|vorherige|nächste|précédente?|suivante?)(?: (?:posts?|page|article|entries|pagina|bericht|side|indlæg|entrada|página|beitrag|seite|articles?))?\W*
    page \d+ of \d+|1(?:[\s…«»‹›]+\d{1,3})+
"""
)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A reason, what says so, the most words such a block has, and what it cannot be without: one of `hints`, `core`.

    Both are there for speed: most blocks are no phrase, and a look for a few letters says so soonest.
    """

    reason: str
    pattern: re.Pattern[str]
    words: int
    hints: tuple[str, ...] = ()
    core: re.Pattern[str] | None = None

    def could_fit(self, lower: str, words: int) -> bool:
        if words > self.words or (self.core is not None and not self.core.search(lower)):
            return False
        for hint in self.hints:  # a generator for `any` would take twice as long, and this is asked of every block
            if hint in lower:
                return True
        return not self.hints

    def is_in(self, lower: str) -> bool:
        """Is the phrase a part of the text? Looked for around the hints alone where the text is long."""
        if len(lower) <= 2 * _NEAR or not self.hints:
            return self.pattern.search(lower) is not None
        for hint in self.hints:
            at = lower.find(hint)
            while at >= 0:
                if self.pattern.search(lower, max(at - _NEAR, 0), at + _NEAR):
                    return True
                at = lower.find(hint, at + 1)
        return False


def _whole(reason: str, pattern: str, words: int, hints: str = "", core: str = "") -> _Phrase:
    return _Phrase(reason, _compile(rf"\W*(?:{pattern})\W*"), words, _hints(hints), _compile(core) if core else None)


_WITH_DIGIT: Final = (
    _whole("phone", _PHONE, 12),
    _whole("registration", REGISTRATION, 12),
    _whole("hours", _HOURS, 24, core=_SPAN),
    _whole("date", _any(_DATE_ONLY, _UPDATED_LINE, _AGO, _BYLINE, _FILED, _WRITTEN), 20),
    _whole("counter", _COUNTER, 10),
)
_WITHOUT: Final = (
    _whole("skip", _SKIP, 6),
    _whole("share", _SHARE, 12),
    _whole(
        "hours",
        _any(_CLOSED, _HOURS_WORDS),
        24,
        "closed gesl lukket cerrado fermé hour tijden tider horari zeiten heures",
    ),
    _whole("mail", _MAIL, 4, "@"),
    _whole("language", rf"(?:{_LANGUAGES})(?:[\s|/,·•-]+(?:{_LANGUAGES}))*", 16),
    _whole("pagination", _PAGING, 8),
    _whole(
        "copyright",
        _COPYRIGHT,
        40,
        "© (c) &copy copyright reserv voorbehouden forbeholdes vorbehalten réservés powered design develop site made built",
    ),
    _whole("noscript", _CHECKING, 40, "script cookie"),
    _whole("consent", CONSENT_WHOLE, 6),
    _Phrase("form", _compile(rf"[\s*]*(?:{FORM})[\s*:…)]*"), 8),
    _whole("chat", CHAT, 12, "chat help hjælpe ayudar aider whats app message escríb"),
    _whole("address", DIRECTIONS, 6, "direction map rout kort vej llegar anfahrt itinéraire carte rute"),
)
_PART: Final = (
    _Phrase("consent", re.compile(rf"\b(?:{_CONSENT})"), 250, ("ookie", "your privacy", "procure user consent")),
    _Phrase("consent", re.compile(rf"\b(?:{CONSENT_PART})"), 30, CONSENT_HINTS),
    _Phrase(
        "newsletter",
        re.compile(rf"\b(?:{_LEAD})"),
        40,
        _hints(
            "subscri newsl mailing mail thank request free latest inbox spam nieuws abonne schrijf meld ontvang vraag "
            "bedankt nyhed tilmeld tak gratis suscr bolet gracias solicit descarg infopaket dank inscri merci lettre "
            "miss download hent modtag få enter request informatie regístr registr apúnt broschüre anfordern recevez demandez"
        ),
    ),
    _Phrase(
        "comments",
        re.compile(rf"\b(?:{_COMMENTS})"),
        30,
        _hints(
            "repl comment publish required save logged notify reactie reageer antwo gepubliceerd getoond svar kommentar "
            "blive respuesta coment public wird réponse publiée"
        ),
    ),
)
_MOST_WORDS: Final = 40
_MOST_CHARS: Final = 4000


def find_phrase(text: str, words: int, *, parts: bool = True) -> str | None:
    """The reason that the words of a block of `words` words give for calling it boilerplate, or None.

    `parts` is False where a phrase within a longer text proves nothing: a policy page speaks of cookies.
    """
    if len(text) > _MOST_CHARS:
        return None
    lower = text.lower()
    if words <= _MOST_WORDS:
        for phrases in (_WITHOUT, _WITH_DIGIT) if _DIGIT.search(text) else (_WITHOUT,):
            for phrase in phrases:
                if phrase.could_fit(lower, words) and phrase.pattern.fullmatch(text):
                    return phrase.reason
    if parts:
        for phrase in _PART:
            if phrase.could_fit(lower, words) and phrase.is_in(lower):
                return phrase.reason
    return None


RELATED_HEADING: Final = _compile(rf"\W*(?:{_RELATED})\W*")
PRIVACY_TITLE: Final = _compile(
    _lines(
        r"""
    cookie|privacy|datenschutz|privatliv|persondata|personvern|privacidad|confidentialité|gdpr|avg\b|tracker|données
    terms|voorwaarden|vilkår|betingelser|condiciones|términos|nutzungsbedingungen|agb\b|conditions|impressum|imprint
    legal|mentions
"""
    )
)
