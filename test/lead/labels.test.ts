import { describe, expect, test } from "@jest/globals";
import { fieldForLabel } from "../../src/lead/labels.ts";

/** A field, and labels that mean it. */
const MEANT = `
email: Email|email|EMAIL_ADDRESS|emailAddress|Email (required)|E-Mail:|email-1|data__email|contact.email|contact[email]|contact_email|your-email
email: work_email|Work Email|What's your email address?|Wie lautet Ihre E-Mail-Adresse?|Quelle est votre adresse e-mail ?|Correo electrónico *
email: E-Mail-Adresse|Adresse électronique|Indirizzo di posta elettronica|Endereço de e-mail|E-mailadres|Adres e-mail|correo_electronico|COURRIEL
firstName: First Name|firstname|first-name|billing_first_name|Vorname|Prénom|PRENOM|Nome di battesimo|Primeiro nome|Voornaam|Imię|Your first name
lastName: Last Name|lastname|Surname|Nachname|Nom de famille|Apellidos|Cognome|Sobrenome|Achternaam|Nazwisko
fullName: full_name|fullName3|Name|your-name|Vor- und Nachname|Nom et prénom|Nombre y apellidos|Nome e cognome|Nome completo|Naam|Imię i nazwisko
phone: Phone|phone_number|tel-456|Mobile Phone|Telefon|Telefonnummer|Handynummer|Numéro de téléphone|Teléfono móvil|Cellulare|Telemóvel|Telefoonnummer|Nr telefonu
company: Company|company_name|Organization|Firma|Firmenname|Unternehmen|Nom de l'entreprise|Société|Empresa|Azienda|Razão social|Bedrijfsnaam|Nazwa firmy|org.name
jobTitle: jobtitle|Job Title|Position|Berufsbezeichnung|Intitulé du poste|Puesto|Ruolo|Função|Functietitel|Stanowisko
website: Website|Company Website|Webseite|Site web|Sitio web|Sito web|Strona internetowa
country: Country|Country/Region|Land|Pays|País|Paese|Kraj
message: Message|your-message|comments|Nachricht|Ihre Nachricht|Mensaje|Messaggio|Mensagem|Bericht|Wiadomość|Treść wiadomości|How can we help you?
consent: consent|Opt-in|marketing_consent|Einwilligung|Consentement|Consentimiento|Consenso|Consentimento|Toestemming|Zgoda
utm.source: utm_source|UTM Source|utm.source|data__utm_source
utm.campaign: utm_campaign|utmCampaign
occurredAt: occurredAt|occurred_at`;

/** Labels that name somebody else, or something else. */
const NOT_MEANT = [
  ...[
    "reply_to",
    "Reply-To Email",
    "_replyto",
    "owner__email",
    "Owner Email",
    "host_email",
    "from_email",
    "to",
    "cc",
    "recipient email",
  ],
  ...[
    "form_name",
    "username",
    "page_url",
    "user_agent",
    "timestamp",
    "id",
    "constructor",
    "__proto__",
    "toString",
    "",
    "***",
    "🙂",
  ],
];

describe("what a label means", () => {
  const rows = MEANT.trim()
    .split("\n")
    .flatMap((line) => {
      const at = line.indexOf(": ");
      return line
        .slice(at + 2)
        .split("|")
        .map((label) => [label, line.slice(0, at)]);
    });

  test.each(rows)("%s is %s", (label, field) => {
    expect(fieldForLabel(label ?? "")).toBe(field);
  });

  test.each(NOT_MEANT)("%j is none of ours", (label) => {
    expect(fieldForLabel(label)).toBeUndefined();
  });
});
