import { once } from 'node:events';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { type Latency, latencyOf } from './figures.ts';
import { eventData } from './payload.ts';
import type { ReceiverProcess } from './receiverProcess.ts';
import type { Tenant } from './tenant.ts';

/** The service of an ordinary organization. Latencies leave out failures. */
export interface Service {
  /** Of a call that publishes one event. */
  readonly publish: Latency;
  readonly query: Latency;
  /** From the call to its receiver. */
  readonly receive: Latency;
  /** From the call to the subscription's update that it is delivered. */
  readonly subscribe: Latency;
  /** Refused calls, and events that did not arrive in time. */
  readonly failures: number;
}

const publishesASecond = 40;
const queriesASecond = 20;
/** How long after the last call its event may arrive, in milliseconds. */
const timeoutMs = 15_000;

const publish = 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }';
const queries = ['{ viewer { id } }', '{ deliveries(first: 5) { edges { node { id status } } } }'];
const subscription = 'subscription { deliveryUpdated(statuses: [DELIVERED]) { event { id } } }';

/** Runs a task this often each second, evenly, whatever becomes of earlier runs. */
async function pace(perSecond: number, seconds: number, task: (nth: number) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  const total = perSecond * seconds;
  for (let begun = 0; begun < total; begun++) {
    const wait = startedAt + (begun / perSecond) * 1_000 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(task(begun));
  }
  await Promise.all(pending);
}

/** Publishes, queries and subscribes at a gentle pace, and measures the results. */
export class Innocent {
  readonly #tenant: Tenant;
  readonly #receiver: ReceiverProcess;
  readonly #pool: Pool;
  readonly #socket: WebSocket;
  /** When the subscription showed each event as delivered. */
  readonly #seen = new Map<string, number>();
  #published = 0;

  private constructor(tenant: Tenant, receiver: ReceiverProcess, socket: WebSocket) {
    this.#tenant = tenant;
    this.#receiver = receiver;
    this.#socket = socket;
    this.#pool = new Pool(tenant.url, { connections: 256, pipelining: 1 });
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'ping') socket.send('{"type":"pong"}');
      const id = type === 'next' ? payload.data?.deliveryUpdated?.event?.id : undefined;
      if (id) this.#seen.set(id, performance.now());
    });
  }

  static async start(tenant: Tenant, receiver: ReceiverProcess): Promise<Innocent> {
    const socket = new WebSocket(`${tenant.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${tenant.key}` } }));
    await once(socket, 'message');
    const innocent = new Innocent(tenant, receiver, socket);
    socket.send(JSON.stringify({ id: 'live', type: 'subscribe', payload: { query: subscription } }));
    return innocent;
  }

  async #call(body: object): Promise<{ data: never; errors?: unknown }> {
    const response = await this.#pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#tenant.key}` },
      body: JSON.stringify(body),
    });
    return (await response.body.json()) as { data: never; errors?: unknown };
  }

  async measure(seconds: number): Promise<Service> {
    await this.#receiver.reset();
    this.#seen.clear();
    const { projectId, eventType } = this.#tenant;
    const publishes: number[] = [];
    const answers: number[] = [];
    const beganAt = new Map<string, number>();
    let failures = 0;
    const counted = async (latencies: number[], task: () => Promise<boolean>) => {
      const began = performance.now();
      const succeeded = await task().catch(() => false);
      if (succeeded) latencies.push(performance.now() - began);
      else failures++;
    };
    await Promise.all([
      pace(publishesASecond, seconds, () =>
        counted(publishes, async () => {
          const began = performance.now();
          const events = [{ type: eventType, data: eventData(this.#published++) }];
          const { data, errors } = await this.#call({ query: publish, variables: { i: { projectId, events } } });
          if (errors) return false;
          const [event] = (data as { publishEvents: { events: { id: string }[] } }).publishEvents.events;
          if (event) beganAt.set(event.id, began);
          return true;
        }),
      ),
      pace(queriesASecond, seconds, (nth) =>
        counted(answers, async () => !(await this.#call({ query: queries[nth % queries.length] })).errors),
      ),
    ]);
    const { latencies } = await this.#receiver.until(beganAt.size, timeoutMs).catch(() => this.#receiver.report());
    const deadline = performance.now() + timeoutMs;
    const told = () =>
      [...beganAt].flatMap(([id, began]) => (this.#seen.has(id) ? [(this.#seen.get(id) ?? 0) - began] : []));
    while (told().length < beganAt.size && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const seen = told();
    return {
      publish: latencyOf(publishes),
      query: latencyOf(answers),
      receive: latencyOf(latencies),
      subscribe: latencyOf(seen),
      failures: failures + Math.max(0, beganAt.size - latencies.length) + (beganAt.size - seen.length),
    };
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#pool.close();
  }
}
