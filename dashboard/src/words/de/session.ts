import type en from '../en/session.ts';
import type { Translation } from '../shape/translation.ts';

export default {
  signIn: {
    title: 'Bei Everhook anmelden',
    key: 'Betriebsschlüssel, API-Schlüssel oder JWT',
    hint: 'npm start zeigt den Betriebsschlüssel. API-Schlüssel entstehen unter Einstellungen.',
    enterKey: 'Gib einen Schlüssel ein.',
    submit: 'Anmelden',
    busy: 'Wird angemeldet …',
    with: 'Mit {{issuer}} anmelden',
    or: 'oder mit einem Schlüssel',
    stays: 'Du bleibst in diesem Browser angemeldet, in allen Tabs, bis du dich abmeldest.',
  },
  ended: {
    SIGNED_OUT: 'Du wurdest in einem anderen Tab abgemeldet.',
    ENDED: 'Du wurdest abgemeldet: Jemand mit dem Recht dazu hat diese Sitzung beendet.',
    IDLE: 'Du wurdest abgemeldet: Hier ist zu lange nichts passiert.',
    EXPIRED: 'Du wurdest abgemeldet: Die Sitzung hat ihr Ende erreicht.',
    KEY_ENDED: 'Du wurdest abgemeldet: Der Schlüssel ist abgelaufen oder wurde widerrufen.',
    REUSED:
      'Du wurdest abgemeldet: Vielleicht hat jemand deine Sitzung kopiert. Wenn du es dir nicht erklären kannst, sag dem Betrieb Bescheid.',
    ISSUER_ENDED: 'Du wurdest abgemeldet: Dein Identitätsanbieter hat diese Sitzung beendet.',
    ISSUER_AWAY: 'Du wurdest abgemeldet: Dein Identitätsanbieter war 15 Minuten lang nicht erreichbar.',
  },
  signOutFailed:
    'Der Server ist nicht erreichbar, du bist also vielleicht noch angemeldet. Öffne diese Seite wieder, wenn er zurück ist, und melde dich ab.',
  keptByIssuer:
    'Hier bist du abgemeldet. Bei {{issuer}} bist du noch angemeldet: Wenn andere diesen Browser nutzen, melde dich auch dort ab.',
  failed: {
    USED: 'Diese Anmeldung wurde schon benutzt oder hat zu lange gedauert. Beginn von vorn.',
    AWAY: '{{issuer}} antwortet nicht. Versuch es gleich noch einmal.',
    DENIED: '{{issuer}} hat dich nicht eingelassen. Versuch es noch einmal oder frag dort nach.',
    INVALID: 'Die Antwort von {{issuer}} ist nicht gültig, deshalb wurde niemand angemeldet. Sag dem Betrieb Bescheid.',
    CLOCK:
      'Die Uhren gehen verschieden: {{issuer}} sagt {{theirs}}, und hier ist es {{ours}}. Sag dem Betrieb, dass die Uhren gestellt werden müssen.',
    TOO_MANY: 'Zu viele Anmeldungen aus deinem Netz. Versuch es in einer Minute noch einmal.',
    UNKNOWN: 'Diesen Weg zur Anmeldung gibt es nicht mehr. Nimm einen anderen.',
  },
  sessions: {
    own: 'Sitzungen',
    title: 'Wo du angemeldet bist',
    of: 'Wer angemeldet ist',
    ofText: 'Sitzungen der Mitglieder dieser Organisation und ihrer API-Schlüssel.',
    this: 'Dieser Browser',
    person: 'Wer',
    browser: 'Browser',
    network: 'Netz',
    used: 'Zuletzt benutzt',
    since: 'Angemeldet',
    until: 'Endet',
    end: 'Beenden',
    endThis: 'Sitzung von {{name}} beenden',
    endText:
      'Der Browser ist in 5 Sekunden abgemeldet. Wer ihn benutzt, kann sich neu anmelden, wenn das Recht dazu da ist.',
    endOthers: 'Überall sonst abmelden',
    endedOthers_one: 'Eine Sitzung wurde beendet.',
    endedOthers_other: '{{count}} Sitzungen wurden beendet.',
    ended: 'Die Sitzung wurde beendet.',
    none: 'Niemand ist angemeldet',
    noneText: 'Hier stehen Sitzungen, sobald sich Mitglieder im Dashboard anmelden.',
    unknownBrowser: 'Unbekannter Browser',
    on: '{{browser}} auf {{system}}',
    by: 'über {{issuer}}',
    more: 'Mehr anzeigen',
  },
} satisfies Translation<typeof en>;
