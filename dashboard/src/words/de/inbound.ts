import type en from '../en/inbound.ts';
import type { Translation } from '../shape/translation.ts';

export default {
  chooseProject: 'Wähle ein Projekt',
  chooseProjectHint: 'Jedes Projekt hat seinen eigenen Issue-Tracker. Wähle eines in der Navigation.',
  integration: {
    title: 'Issue-Tracker',
    address: 'Adresse',
    connected: 'Verbunden',
    leftAlone: 'Bittet um Ruhe',
    none: 'Verbinde den Tracker, dessen Issues dieses Projekt folgt. Seine API wird aufgerufen, um die Zugangsdaten zu prüfen.',
    change: 'Ändern',
    connect: 'Tracker verbinden',
    disconnect: 'Trennen',
    disconnectTitle: '{{name}} trennen?',
    issuesStay: 'Issues bleiben, wie sie zuletzt geholt wurden.',
    webhookGoes: 'Der eingehende Webhook geht mit: Was der Tracker noch meldet, wird abgelehnt.',
    save: 'Prüfen und speichern',
    tracker: 'Tracker',
    anotherRemoves: 'Ein anderer Tracker entfernt den eingehenden Webhook von {{name}}.',
    email: 'E-Mail-Adresse des Kontos',
    emailHint: 'Bei Jira Cloud.',
  },
  webhook: {
    title: 'Eingehender Webhook',
    required: 'Eine Issue-Integration ist nötig, um zu empfangen, was ein Tracker meldet.',
    requiredLink: 'Einstellungen der Issue-Integration',
    linksAlone: '{{name}}: Es gibt keinen Tracker, der etwas melden könnte.',
    addHint:
      'Füge einen hinzu, um Änderungen an Issues aus der zugewiesenen Issue-Integration zu empfangen. URL und Secret werden einmal gezeigt.',
    add: 'Hinzufügen',
    ready: 'Der eingehende Webhook ist bereit',
    url: 'URL',
    secret: 'Secret',
    in: 'In {{name}}',
    howTo: 'So wird er in {{name}} eingerichtet',
    from: 'Meldungen von',
    received: 'Zuletzt empfangen',
    success: 'Letzter Erfolg',
    failure: 'Letzter Fehler',
    made: 'Angelegt',
    rotated: 'Erneuert',
    sendTest: 'Test senden',
    testLogged: 'Eine Test-Meldung wurde geprüft und protokolliert. Dabei bleibt es: Kein Issue wurde angefasst.',
    testDuplicate:
      'Die Test-Meldung wurde geprüft und als die schon protokollierte erkannt: Eine Meldung wird einmal angenommen.',
    rotate: 'Erneuern',
    rotateTitle: 'URL und Secret erneuern?',
    rotateText:
      'Die alte URL und das alte Secret enden sofort: Bis der Tracker die neuen hat, werden seine Meldungen abgelehnt.',
    delete: 'Löschen',
    deleteTitle: 'Den eingehenden Webhook löschen?',
    deleteText:
      'Was der Tracker noch meldet, wird abgelehnt. Issues bleiben, wie sie zuletzt geholt wurden, und das Protokoll bleibt.',
    reports: 'Seine Meldungen im Protokoll',
  },
  health: {
    waiting: 'Wartet auf die erste Meldung',
    HEALTHY: 'In Ordnung',
    DEGRADED: 'Gestört',
    inARow_one: '{{count}} Meldung in Folge war nicht zu gebrauchen.',
    inARow_other: '{{count}} Meldungen in Folge waren nicht zu gebrauchen.',
  },
  credentials: {
    title: 'Zugangsdaten des Service Hooks',
    user: 'Benutzername',
    password: 'Passwort',
    hint: 'Wähle sie hier und trage dieselben in Azure DevOps ein.',
  },
  issues: {
    title: 'Issues',

    none: 'Noch keine Issues',
    noneHint: 'Ein Issue erscheint hier von selbst, wenn sein Tracker es zum ersten Mal meldet.',
    issue: 'Issue',
    name: 'Titel',
    state: 'Stand',
    assignee: 'Zuständig',
    creator: 'Angelegt von',
    changed: 'Geändert',
    removed: 'Entfernt',
  },
  providers: {
    GITHUB: {
      name: 'GitHub',
      token: 'Persönliches Zugriffstoken, das Issues lesen darf',
      steps: {
        first: 'Öffne das Repository oder die Organisation: Settings, Webhooks, Add webhook.',
        second:
          'Payload URL: die einmal gezeigte URL. Content type: application/json. Secret: das einmal gezeigte Secret.',
        third: 'Which events: Let me select individual events, Issues.',
        fourth: 'Add webhook. GitHub sendet sofort einen Ping.',
      },
    },
    JIRA: {
      name: 'Jira',
      token: 'API-Token',
      steps: {
        first: 'Öffne die Einstellungen von Jira: System, WebHooks, Create a WebHook.',
        second: 'URL: die einmal gezeigte URL. Secret: das einmal gezeigte Secret.',
        third: 'Events: Issue created, updated und deleted. Ein JQL-Filter kann sie eingrenzen.',
        fourth: 'Create.',
      },
    },
    AZURE_DEVOPS: {
      name: 'Azure DevOps',
      token: 'Persönliches Zugriffstoken, das Work Items lesen darf',
      steps: {
        first: 'Öffne Project settings: Service hooks, Create subscription, Web Hooks.',
        second: 'Trigger: Work item created; lege weitere für updated, deleted und restored an.',
        third:
          'URL: die einmal gezeigte URL. Basic authentication: der Benutzername und das Passwort, die du hier wählst.',
        fourth: 'Test, dann Finish.',
      },
    },
    SIMPLE_URL: { name: 'Nur Links' },
  },
} satisfies Translation<typeof en>;
