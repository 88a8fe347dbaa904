# ruff: noqa: E501  (an example stays on its line)
"""The same walls in other words: collected apart from the patterns, to see that these are not only their own examples."""

from __future__ import annotations

import pytest

from monitor.identity import judge, observe
from monitor.text.extract import TextOptions, extract_page
from monitor.types import PageText
from tests.hostile.clinic import layout, page


def b(title: str, body: str) -> bytes:
    """A page without the site's layout."""
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def w(title: str, main: str) -> bytes:
    """A page within it."""
    return layout(title, main)


SAID = [
("waf",b("Just a moment...","<h1>clinic.test</h1><p>Checking if the site connection is secure</p>")),
("waf",b("DDoS-Guard","<h1>Checking your browser before accessing</h1>")),
("waf",b("Please Wait... | Cloudflare","<h1>One more step</h1><p>Please complete the security check to access clinic.test</p>")),
("waf",b("Access denied","<h1>Error 1020</h1><p>Access denied</p><p>This website is using a security service to protect itself from online attacks.</p>")),
("waf",b("403 Forbidden","<h1>Access denied by security policy</h1><p>Your request was blocked by the firewall. Incident ID: 4711</p>")),
("waf",b("Blocked","<p>Your IP address has been blocked due to suspicious activity.</p>")),
("captcha",b("Are you human?","<p>Please solve this CAPTCHA to request unblock to the website</p>")),
("captcha",b("Robot check","<p>Enter the characters you see below</p><p>Sorry, we just need to make sure you're not a robot.</p>")),
("captcha",b("Verification",'<p>Please verify you are a human to continue.</p><div class="h-captcha"></div>')),
("login",w("Sign in",'<h1>Sign in</h1><form><input type=email><input type=password><button>Sign in</button></form><p>Forgot password?</p>')),
("login",w("Patient portal",'<h1>Patient portal</h1><p>Please log in to view this page.</p><form><input name=u><input type=password></form>')),
("login",b("Login",'<form>Username <input name=u> Password <input type=password name=p> <input type=submit value=Login></form>')),
("login",b("Restricted",'<h1>Authorization required</h1><p>You must sign in to access this content</p>')),
("cookie_wall",b("Clinic",'<h1>This site uses cookies</h1><p>To continue you must accept cookies.</p><button>I accept</button>')),
("cookie_wall",b("Consent",'<h1>Your privacy matters</h1><p>We and our partners store and access information on a device, such as cookies. You can consent to this.</p><button>AGREE</button><button>DISAGREE</button>')),
("cookie_wall",b("Cookies",'<p>Please accept cookies to view this website.</p><button>Accept</button>')),
("geo_block",b("Access restricted",'<h1>Sorry, this site is not available in your region</h1>')),
("geo_block",b("Blocked",'<p>Access to this website is restricted in your country.</p>')),
("geo_block",b("Unavailable",'<p>Due to GDPR, our content is not available in the European Union.</p>')),
("geo_block",b("451","<h1>Unavailable for legal reasons in your country</h1>")),
("maintenance",b("Site maintenance",'<h1>We&rsquo;ll be back soon!</h1><p>Sorry for the inconvenience but we&rsquo;re performing some maintenance at the moment.</p>')),
("maintenance",b("Clinic",'<h1>Scheduled maintenance</h1><p>The site will be available again at 14:00.</p>')),
("maintenance",b("Clinic",'<h1>Website under construction</h1>')),
("maintenance",b("Clinic",'<h1>We are updating our website</h1><p>Please check back soon.</p>')),
("parked",b("example.com",'<h1>example.com</h1><p>This domain may be for sale. Buy now!</p>')),
("parked",b("example.com - domain name for sale",'<p>The domain name example.com is for sale. Get this domain.</p>')),
("parked",b("example.com",'<p>This domain is parked by GoDaddy</p><ul><li>Stem cells</li><li>Clinics</li></ul>')),
("parked",b("Domain expired",'<p>The domain clinic.test has expired. Renew it now.</p>')),
("default_page",b("Apache HTTP Server Test Page",'<h1>Testing 123..</h1><p>This page is used to test the proper operation of the Apache HTTP server after it has been installed.</p>')),
("default_page",b("Index of /therapy",'<h1>Index of /therapy</h1><pre>../ a.html</pre>')),
("default_page",b("Welcome to CentOS",'<h1>Welcome to CentOS</h1>')),
("default_page",b("Suspended",'<h1>This site has been suspended</h1>')),
("default_page",b("Plesk",'<h1>Domain Default page</h1><p>If you see this page it means that hosting works.</p>')),
("app_error",b("Error",'<h1>Application error</h1><p>An error occurred in the application and your page could not be served.</p>')),
("app_error",b("Error",'<p>Warning: mysqli_connect(): (HY000/2002): Connection refused in /var/www/db.php on line 3</p>')),
("app_error",b("Clinic",'<p>Notice: Undefined variable: price in /var/www/x.php on line 3</p><p>Fatal error: Uncaught PDOException: SQLSTATE[HY000] [2002]</p>')),
("app_error",b("502 Bad Gateway",'<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>')),
("app_error",b("HTTP Status 500 – Internal Server Error",'<h1>HTTP Status 500 – Internal Server Error</h1><p>java.lang.NullPointerException</p>')),
("app_error",b("Error 503 Backend fetch failed",'<h1>Error 503 Backend fetch failed</h1><p>Guru Meditation: XID: 1</p>')),
("app_error",b("Something went wrong",'<h1>Oops, something went wrong</h1><p>Please try again later.</p>')),
("soft404",w("Page not found – Clinic",'<h1>404 – Page not found</h1><p>The page you requested could not be found.</p><a href=/>Back to home</a>')),
("soft404",w("Clinic",'<h1>Sorry, this page isn&#8217;t available</h1><p>The link you followed may be broken, or the page may have been removed.</p>')),
("soft404",w("Clinic",'<h1>Whoops!</h1><p>We can&#39;t seem to find the page you&#39;re looking for.</p>')),
("soft404",w("Clinic",'<p>The article you requested does not exist.</p>')),
("soft404",w("Fehler 404",'<h1>Seite nicht gefunden</h1>')),
("soft404",w("Klinik",'<h1>Diese Seite konnte leider nicht gefunden werden</h1>')),
("soft404",w("Klinik",'<h1>Ups! Diese Seite gibt es nicht mehr.</h1>')),
("soft404",w("Kliniek",'<h1>Oeps! Deze pagina bestaat niet (meer).</h1>')),
("soft404",w("Kliniek",'<h1>Deze pagina kon niet worden gevonden</h1>')),
("soft404",w("Klinik",'<h1>Hovsa! Siden findes ikke</h1>')),
("soft404",w("Klinik",'<h1>Vi kan ikke finde den side, du leder efter</h1>')),
("soft404",w("Clínica",'<h1>Error 404: página no encontrada</h1>')),
("soft404",w("Clínica",'<h1>¡Vaya! No encontramos la página que buscas</h1>')),
("soft404",w("Clinique",'<h1>Oups ! Cette page est introuvable</h1>')),
("soft404",w("Clinique",'<h1>Erreur 404</h1><p>Cette page n’existe pas ou plus.</p>')),
("js_shell",b("Clinic",'<div id="root"></div><script src=a.js></script>')),
("js_shell",b("Clinic",'<app-root>Loading...</app-root><script src=a.js></script><script src=b.js></script>')),
("js_shell",b("Clinic",'<noscript>Please enable JavaScript to view this site.</noscript><div id="app"></div><script src=a.js></script>')),
]  # fmt: skip


def read(body: bytes) -> PageText:
    return extract_page(body, "text/html; charset=utf-8", "https://clinic.example/therapy", TextOptions("en"))


@pytest.mark.parametrize("last", [read(page("arthritis")), None], ids=["known", "first"])
@pytest.mark.parametrize(("reason", "body"), SAID)
def test_a_wall_in_other_words(reason: str, body: bytes, last: PageText | None) -> None:
    facts = observe(body, "en", ("en", "nl", "da", "es", "de", "fr"), ())
    verdict = judge(read(body), facts, last)
    assert verdict is not None
    assert verdict.reason == reason, verdict.signals
