import type { DeliveryUpdate } from '@everhook/sdk';
import type { Progress, Screen } from './screen.ts';

const ended = ['DELIVERED', 'FAILED', 'CANCELLED'];

/** Shows the subscription's updates as they come, and keeps the last state of every delivery. */
export class LiveLog {
  readonly #screen: Screen;
  readonly #startedAt: number;
  /** Webhooks by id, with how many deliveries each must get. */
  readonly #webhooks: ReadonlyMap<string, { readonly name: string; readonly total: number }>;
  readonly #latest = new Map<string, DeliveryUpdate>();

  constructor(
    screen: Screen,
    startedAt: number,
    webhooks: ReadonlyMap<string, { readonly name: string; readonly total: number }>,
  ) {
    this.#screen = screen;
    this.#startedAt = startedAt;
    this.#webhooks = webhooks;
  }

  /** By delivery id. */
  get latest(): ReadonlyMap<string, DeliveryUpdate> {
    return this.#latest;
  }

  /** Whether every expected delivery has ended. */
  get complete(): boolean {
    return this.#progress().every(({ total, delivered, failed }) => delivered + failed >= total);
  }

  /** What is still missing, for a message. */
  get missing(): string {
    const behind = this.#progress().filter(({ total, delivered, failed }) => delivered + failed < total);
    return behind.map(({ name, total, delivered, failed }) => `${name} ${delivered + failed} of ${total}`).join(', ');
  }

  tell(update: DeliveryUpdate): void {
    this.#latest.set(update.id, update);
    if (ended.includes(update.status) || update.status === 'RETRYING') {
      this.#screen.live(this.#lineOf(update), this.#progress());
    }
  }

  #lineOf(update: DeliveryUpdate): string {
    const { status, eventType, webhook, responseCode, attemptCount } = update;
    const { style } = this.#screen;
    const at = `${((Date.now() - this.#startedAt) / 1000).toFixed(2)} s`.padStart(8);
    const [colour, word] = (
      {
        DELIVERED: ['green', '✓ delivered'],
        RETRYING: ['yellow', '↻ retrying '],
        FAILED: ['red', '✗ failed   '],
      } as const
    )[status as 'DELIVERED'] ?? ['red', `? ${status.toLowerCase()}`];
    const answer = responseCode === null ? 'no answer' : String(responseCode);
    const attempt = attemptCount > 1 || status === 'RETRYING' ? `, attempt ${attemptCount}` : '';
    const to = `${eventType.padEnd(38)} → ${(webhook?.name ?? '').padEnd(18)}`;
    const paint = (name: typeof colour | 'dim', text: string) => style.call(this.#screen, name, text);
    return `${paint('dim', at)}  ${paint(colour, word)}  ${to} ${paint('dim', `${answer}${attempt}`)}`;
  }

  #progress(): Progress[] {
    return [...this.#webhooks].map(([id, { name, total }]) => {
      const own = [...this.#latest.values()].filter((update) => update.webhook?.id === id && !update.isTest);
      const count = (status: string) => own.filter((update) => update.status === status).length;
      return { name, total, delivered: count('DELIVERED'), failed: count('FAILED'), retrying: count('RETRYING') };
    });
  }
}
