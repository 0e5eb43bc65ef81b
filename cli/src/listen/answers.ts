import type { ListenerAnswer } from '@everhook/sdk';

/** Of so many events it is remembered what the developer's server said. */
const most = 2_000;

/** What the developer's server said to events: a new listener gets some that the one before it had already. */
export class Answers {
  readonly #byEvent = new Map<string, { readonly listenerId: string; readonly answer: ListenerAnswer }>();

  keep(listenerId: string, eventId: string, answer: ListenerAnswer): void {
    this.#byEvent.set(eventId, { listenerId, answer });
    const [oldest] = this.#byEvent.keys();
    if (this.#byEvent.size > most && oldest !== undefined) this.#byEvent.delete(oldest);
  }

  /** How many of these events were created at this time or later. An event's id, a UUID of version 7, begins with its time. */
  since(time: Date): number {
    const ids = [...this.#byEvent.keys()];
    return ids.filter((id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) >= time.getTime()).length;
  }

  /** What was said when an earlier listener had the event. A replay comes to the same listener, and is sent. */
  ofEarlier(listenerId: string, eventId: string): ListenerAnswer | undefined {
    const kept = this.#byEvent.get(eventId);
    return kept !== undefined && kept.listenerId !== listenerId ? kept.answer : undefined;
  }
}
