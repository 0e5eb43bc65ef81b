import { Pool } from 'undici';
import { eventData, typeOf } from './payload.ts';

const mutation = `mutation P($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }`;

/** Publishes over HTTP, as any client would. */
export class BenchPublisher {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;
  readonly #projectId: string;
  #published = 0;

  constructor(url: string, key: string, projectId: string, connections = 64) {
    this.#pool = new Pool(url, { connections, pipelining: 1 });
    this.#headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    this.#projectId = projectId;
  }

  /** One call with this many events. */
  async publish(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => {
      const index = this.#published++;
      return { type: typeOf(index), data: eventData(index) };
    });
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/graphql',
      headers: this.#headers,
      body: JSON.stringify({ query: mutation, variables: { i: { projectId: this.#projectId, events } } }),
    });
    const text = await body.text();
    if (statusCode !== 200 || text.includes('"errors"'))
      throw new Error(`Publishing failed with ${statusCode}: ${text.slice(0, 500)}`);
  }

  /** As many calls as it takes, with so many under way. */
  async flood(events: number, eventsACall: number, inFlight: number): Promise<void> {
    let calls = Math.ceil(events / eventsACall);
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (calls-- > 0) await this.publish(eventsACall);
      }),
    );
  }

  /** One event at a time, evenly, whatever becomes of those before. */
  async pace(perSecond: number, seconds: number): Promise<void> {
    const startedAt = performance.now();
    const total = perSecond * seconds;
    const pending: Promise<void>[] = [];
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
      while (sent < due) {
        pending.push(this.publish(1));
        sent++;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(pending);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
