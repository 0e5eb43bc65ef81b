import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileName } from '../../core/profiles/profile.ts';
import { profileOf } from '../../core/profiles/registry.ts';
import { type Consumer, startConsumer } from '../consumers/consumer.ts';
import type { Product } from '../support/installation.ts';
import { type Received, Receiver } from '../support/receiver.ts';
import { sharedProduct } from '../support/sharedProduct.ts';

/** What a receiver gets of a request that somebody on the way has had a hand in. */
type Tampering = (request: { body: string; headers: Record<string, string> }) => void;

/** Members that serializers write differently, as JSON text: published as it stands. */
const awkward = '"awkward":{"é😀\\u007f":[1.0,1E5,-0.0,1e-7,0.10],"2":0,"1":[],"o":{ "a":null }}';

/** One system: a project of its profile, a webhook, and the system's own consumer behind a relay. */
class System {
  readonly #product: Product;
  readonly #profile: ProfileName;
  readonly #relay: Receiver;
  #consumer: Consumer | null = null;
  #consumerReady: (consumer: Consumer) => void = () => {};
  /** The relay is where the webhook leads: the consumer starts with the secret, which comes with the webhook. */
  readonly #started = new Promise<Consumer>((resolve) => {
    this.#consumerReady = resolve;
  });
  #tampering: Tampering | null = null;
  #key = '';
  #projectId = '';
  webhookId = '';

  constructor(product: Product, profile: ProfileName) {
    this.#product = product;
    this.#profile = profile;
    this.#relay = new Receiver((request) => this.#pass(request));
  }

  async start(organizationId: string, consumer: string): Promise<void> {
    const { call } = this.#product;
    await this.#relay.listen();
    const { createProject } = await call<{ createProject: { project: { id: string } } }>(
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId, name: this.#profile, profile: this.#profile } },
    );
    this.#projectId = createProject.project.id;
    const { createApiKey } = await call<{ createApiKey: { key: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { organizationId, projectId: this.#projectId, name: 'Publisher', role: 'ADMIN' } },
    );
    this.#key = createApiKey.key;
    const { createWebhook } = await call<{ createWebhook: { secret: string; webhook: { id: string } } }>(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }',
      { input: { projectId: this.#projectId, name: 'Consumer', url: this.#relay.url } },
      this.#key,
    );
    this.webhookId = createWebhook.webhook.id;
    this.#consumer = await startConsumer(consumer, createWebhook.secret);
    this.#consumerReady(this.#consumer);
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
    await this.#relay.close();
  }

  async #pass({ headers, body }: Received): Promise<number> {
    const { url } = await this.#started;
    const { host: _, connection: __, 'content-length': ___, ...rest } = headers;
    const request = { body, headers: rest as Record<string, string> };
    this.#tampering?.(request);
    return (await fetch(url, { method: 'POST', ...request })).status;
  }

  /** Publishes events whose data is JSON text, and @returns what became of their deliveries. */
  async publish(
    events: readonly { type: string; data: string }[],
    tampering: Tampering | null = null,
  ): Promise<{ type: string; code: number | null; status: string }[]> {
    this.#tampering = tampering;
    const query = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
    const list = events.map(({ type, data }) => `{"type":${JSON.stringify(type)},"data":${data}}`).join();
    const response = await fetch(`${this.#product.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#key}` },
      body: `{"query":${JSON.stringify(query)},"variables":{"input":{"projectId":"${this.#projectId}","events":[${list}]}}}`,
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    const ids: string[] = data.publishEvents.events.map(({ id }: { id: string }) => id);
    return this.deliveriesOf(ids);
  }

  /** The last attempt of each event's delivery, once there is one. */
  async deliveriesOf(eventIds: readonly string[]) {
    interface Found {
      readonly event: { id: string } | null;
      readonly eventType: string;
      readonly responseCode: number | null;
      readonly status: string;
    }
    for (;;) {
      const { deliveries } = await this.#product.call<{ deliveries: { edges: { node: Found }[] } }>(
        'query ($id: ID!) { deliveries(webhookId: $id, first: 100) { edges { node { event { id } eventType responseCode status } } } }',
        { id: this.webhookId },
        this.#key,
      );
      const byEvent = new Map(deliveries.edges.map(({ node }) => [node.event?.id ?? '', node]));
      const found = eventIds.map((id) => byEvent.get(id));
      if (found.every((each) => each && each.responseCode !== null)) {
        return (found as Found[]).map(({ eventType: type, responseCode: code, status }) => ({ type, code, status }));
      }
      // The log is read again as soon as it can be: what is waited for is that it says so.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The test event, as Send Test has it sent. */
  async sendTest() {
    this.#tampering = null;
    const { sendTestEvent } = await this.#product.call<{ sendTestEvent: { delivery: { event: { id: string } } } }>(
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { event { id } } } }',
      { id: this.webhookId },
      this.#key,
    );
    return this.deliveriesOf([sendTestEvent.delivery.event.id]);
  }

  async eventType(name: string): Promise<void> {
    await this.#product.call(
      'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId: this.#projectId, name, schema: { type: 'object' } } },
      this.#product.operatorKey,
    );
  }
}

const systems = [
  { name: 'PLANE', consumer: 'plane.py', refusal: 403 },
  { name: 'ONPLANA', consumer: 'onplana.mjs', refusal: 401 },
  { name: 'PLANE_CONNECTION', consumer: 'planeConnection.mjs', refusal: 401 },
  { name: 'TASKS', consumer: 'tasks.mjs', refusal: 401 },
  { name: 'TESTPLANIT', consumer: 'testplanit.mjs', refusal: 401 },
  { name: 'STANDARD', consumer: 'standard.mjs', refusal: 401 },
] as const;

describe('of the running service', () => {
  let product: Product;
  const running = new Map<ProfileName, System>();

  beforeAll(async () => {
    product = await sharedProduct();
    const { createOrganization } = await product.call<{ createOrganization: { organization: { id: string } } }>(
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
    );
    await Promise.all(
      systems.map(async ({ name, consumer }) => {
        const system = new System(product, name);
        running.set(name, system);
        await system.start(createOrganization.organization.id, consumer);
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([...running.values()].map((system) => system.close()));
    await product.close();
  });

  describe.each(systems)("$name's own consumer", ({ name, refusal }) => {
    const profile = profileOf(name);
    const own = { type: 'crane.moved', data: `{"id":"c1","name":"Crane",${awkward}}` };
    const [first = own] = profile.catalogue.map(({ name: type, example }) => ({
      type,
      data: `${JSON.stringify(example).slice(0, -1)},${awkward}}`,
    }));
    const system = () => running.get(name) as System;
    const signature = profile.ownedHeaders.find((header) => header.endsWith('signature')) as string;

    it('accepts deliveries of every type that is published, and of types that the project brought', async () => {
      await system().eventType(own.type);
      const events = profile.catalogue.map(({ name: type, example }) => ({
        type,
        data: `${JSON.stringify(example).slice(0, -1)},${awkward}}`,
      }));
      const deliveries = await system().publish([...events, own]);
      expect(deliveries).toEqual([...events, own].map(({ type }) => ({ type, code: 200, status: 'DELIVERED' })));
    });

    it('accepts the test event', async () => {
      expect(await system().sendTest()).toEqual([{ type: profile.testEvent.type, code: 200, status: 'DELIVERED' }]);
    });

    it('refuses what was changed on its way: the body, the signature, or all of the signature', async () => {
      const tamperings: Tampering[] = [
        (request) => {
          request.body = request.body.replace('"id"', '"ID"');
        },
        ({ headers }) => {
          headers[signature] = (headers[signature] as string).replace(/.(?==*$)/, (last) => (last === '0' ? '1' : '0'));
        },
        ({ headers }) => {
          delete headers[signature];
        },
      ];
      for (const tampering of tamperings) {
        const [delivery] = await system().publish([first], tampering);
        expect(delivery).toEqual({ type: first.type, code: refusal, status: 'RETRYING' });
      }
    });
  });
});
