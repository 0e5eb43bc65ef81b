import type { Webhook } from '@everhook/sdk';
import { beforeEach, describe, expect, it } from 'vitest';
import { type StatusFacts, statusParts, statusText } from '../../../dashboard/src/webhooks/statusLine.ts';
import commonDe from '../../../dashboard/src/words/de/common.ts';
import de from '../../../dashboard/src/words/de/webhooks.ts';
import common from '../../../dashboard/src/words/en/common.ts';
import en from '../../../dashboard/src/words/en/webhooks.ts';
import { i18n } from '../../../dashboard/src/words/words.ts';

/** A Friday, at noon of whatever time zone the test runs in. */
const now = new Date(2026, 10, 27, 12, 0).getTime();
const ago = (ms: number) => new Date(now - ms).toISOString();
const hour = 3_600_000;
const day = 24 * hour;

const well: StatusFacts['webhook'] = {
  active: true,
  health: 'HEALTHY',
  disabledBy: null,
  inactiveSince: null,
  consecutiveFailures: 0,
  pausedAt: null,
  pauseReason: null,
  resumingAt: null,
  lastDispatchedAt: ago(hour),
  retiringSecretUntil: null,
};
const arrived: StatusFacts['activity'] = {
  heldCount: 0,
  retryWorkflow: { workflowId: 'deliver:1', waiting: 0, nextDueAt: null, nextDueAtDate: null } as never,
  recentDeliveries: { attempted: 100, failed: 0 },
  missedEvents: null,
};
const facts = (webhook: Partial<Webhook>, activity: object = {}, rest: Partial<StatusFacts> = {}): StatusFacts => ({
  webhook: { ...well, ...webhook } as StatusFacts['webhook'],
  activity: { ...arrived, ...activity } as StatusFacts['activity'],
  healthSince: null,
  takesNothing: false,
  ...rest,
});
const missed = (count: number, isAtLeast = false, since = ago(3 * day)) => ({
  missedEvents: { count, isAtLeast, since },
});

const table: readonly (readonly [name: string, facts: StatusFacts, en: string, de: string])[] = [
  ['healthy', facts({}), 'The last 100 arrived.', 'Die letzten 100 sind angekommen.'],
  [
    'one delivery so far',
    facts({}, { recentDeliveries: { attempted: 1, failed: 0 } }),
    'The last one arrived.',
    'Die letzte ist angekommen.',
  ],
  [
    'its only delivery failed',
    facts({}, { recentDeliveries: { attempted: 1, failed: 1 } }),
    'The last one failed.',
    'Die letzte ist fehlgeschlagen.',
  ],
  [
    'some failed, one waits, many missed',
    facts(
      {},
      {
        recentDeliveries: { attempted: 100, failed: 6 },
        retryWorkflow: { waiting: 6, nextDueAt: new Date(now + 40_000).toISOString() },
        ...missed(1_204),
      },
    ),
    '6 of the last 100 failed; next attempt in 40 s; 1,204 events missed since Tuesday.',
    '6 der letzten 100 sind fehlgeschlagen; nächster Versuch in 40 s; 1.204 Events verpasst seit Dienstag.',
  ],
  [
    'an attempt that is due',
    facts({}, { retryWorkflow: { waiting: 1, nextDueAt: ago(1_000) } }),
    'The last 100 arrived; the next attempt is due now.',
    'Die letzten 100 sind angekommen; der nächste Versuch ist jetzt fällig.',
  ],
  [
    'degraded',
    facts({ health: 'DEGRADED', consecutiveFailures: 5 }, { recentDeliveries: { attempted: 40, failed: 5 } }),
    '5 attempts in a row failed; 5 of the last 40 failed.',
    '5 Versuche in Folge sind fehlgeschlagen; 5 der letzten 40 sind fehlgeschlagen.',
  ],
  [
    'disabled by failures in a row, at once of today',
    facts(
      { health: 'DISABLED', disabledBy: 'FAILED_IN_A_ROW' },
      {
        recentDeliveries: { attempted: 100, failed: 100 },
        retryWorkflow: { waiting: 3, nextDueAt: ago(1) },
        ...missed(1, false, ago(2 * hour)),
      },
      { healthSince: ago(3 * hour) },
    ),
    'Disabled since 09:00: too many attempts in a row failed; 100 of the last 100 failed; 1 event missed since 10:00.',
    'Gesperrt seit 09:00: zu viele Versuche in Folge sind fehlgeschlagen; 100 der letzten 100 sind fehlgeschlagen; 1 Event verpasst seit 10:00.',
  ],
  [
    'disabled by one 410',
    facts(
      { health: 'DISABLED', disabledBy: 'RECEIVER', consecutiveFailures: 1 },
      { recentDeliveries: { attempted: 10, failed: 1 } },
      { healthSince: ago(day) },
    ),
    'Disabled since yesterday: its receiver answered that it wants no more deliveries; 1 of the last 10 failed.',
    'Gesperrt seit gestern: der Empfänger hat geantwortet, dass er keine Zustellungen mehr will; 1 der letzten 10 ist fehlgeschlagen.',
  ],
  [
    'disabled after days of failures',
    facts(
      { health: 'DISABLED', disabledBy: 'FAILED_FOR_DAYS' },
      {},
      { healthSince: new Date(2026, 10, 3).toISOString() },
    ),
    'Disabled since Nov 3, 2026: no attempt succeeded for days; the last 100 arrived.',
    'Gesperrt seit 03.11.2026: tagelang ist kein Versuch gelungen; die letzten 100 sind angekommen.',
  ],
  [
    'disabled by a delivery that was given up',
    facts({ health: 'DISABLED', disabledBy: 'DELIVERY_GIVEN_UP' }, { recentDeliveries: null }),
    'Disabled: a delivery failed for good, and none succeeded meanwhile.',
    'Gesperrt: eine Zustellung ist endgültig fehlgeschlagen, und keine ist inzwischen gelungen.',
  ],
  [
    'disabled by what is no longer known, and switched off, too',
    facts({ health: 'DISABLED', active: false }, { recentDeliveries: null }),
    'Disabled; switched off.',
    'Gesperrt; ausgeschaltet.',
  ],
  [
    'switched off by a person, with more missed than could be counted',
    facts({ active: false, inactiveSince: ago(3 * day) }, { recentDeliveries: null, ...missed(100_000, true) }),
    'Switched off since Tuesday; 100,000+ events missed since Tuesday.',
    'Ausgeschaltet seit Dienstag; 100.000+ Events verpasst seit Dienstag.',
  ],
  [
    'paused, with a reason',
    facts({ pausedAt: ago(2 * hour), pauseReason: 'Migration' }, { heldCount: 12 }),
    'Paused since 10:00 (Migration); 12 deliveries are held; the last 100 arrived.',
    'Pausiert seit 10:00 (Migration); 12 Zustellungen werden zurückgehalten; die letzten 100 sind angekommen.',
  ],
  [
    'paused without one, holding one',
    facts({ pausedAt: ago(2 * hour) }, { heldCount: 1, recentDeliveries: null }),
    'Paused since 10:00; 1 delivery is held.',
    'Pausiert seit 10:00; 1 Zustellung wird zurückgehalten.',
  ],
  [
    'resuming, with more held than is counted',
    facts({ pausedAt: ago(2 * hour), resumingAt: ago(hour) }, { heldCount: 10_000, recentDeliveries: null }),
    'Resuming, 10,000+ deliveries are still held.',
    'Läuft an, 10.000+ Zustellungen werden noch zurückgehalten.',
  ],
  [
    'an old secret that retires',
    facts({ retiringSecretUntil: new Date(2026, 10, 28, 14, 0, 5).toISOString() }),
    'The last 100 arrived; the old secret signs until Nov 28, 2026, 2:00:05 PM.',
    'Die letzten 100 sind angekommen; das alte Geheimnis signiert bis 28.11.2026, 14:00:05.',
  ],
  [
    'never sent to',
    facts({ lastDispatchedAt: null }, { recentDeliveries: { attempted: 0, failed: 0 } }),
    'Nothing was sent yet.',
    'Noch nichts gesendet.',
  ],
  [
    'takes nothing that is still published',
    facts({ lastDispatchedAt: null }, { recentDeliveries: { attempted: 0, failed: 0 } }, { takesNothing: true }),
    'Nothing was sent yet; none of its event types is published any more.',
    'Noch nichts gesendet; keiner seiner Eventtypen wird noch veröffentlicht.',
  ],
  ['healthy, its activity not read yet', facts({}, {}, { activity: undefined }), '', ''],
];

describe.each(['en', 'de'] as const)('how a webhook fares, in words (%s)', (language) => {
  beforeEach(async () => {
    await i18n.init({
      lng: language,
      resources: { en: { common, webhooks: en }, de: { common: commonDe, webhooks: de } },
      defaultNS: 'common',
      interpolation: { escapeValue: false },
    });
  });

  it.each(table)('%s', (_name, given, english, german) => {
    // Intl's English puts a narrow space before “PM”.
    expect(statusText(statusParts(given), now).replaceAll('\u202f', ' ')).toBe(language === 'en' ? english : german);
  });
});
