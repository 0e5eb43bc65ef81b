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
} satisfies Translation<typeof en>;
