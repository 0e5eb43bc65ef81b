import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

/** An answer as it came. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
  readonly body: any;
}

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, Response>;
}
interface Response {
  readonly $ref?: string;
  readonly headers?: Record<string, { readonly required: boolean }>;
  readonly content?: Record<string, { readonly schema: object }>;
}

/** Calls the API and holds each answer against the description that the API itself serves. */
export class DescribedApi {
  readonly #url: string;
  readonly #description: Record<string, never> & { paths: Record<string, Record<string, Operation>> };
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(url: string, description: object) {
    this.#url = url;
    this.#description = description as never;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(description, 'openapi');
  }

  #resolve<T>(part: T & { $ref?: string }): T {
    if (!part.$ref) return part;
    const names = part.$ref.slice(2).split('/');
    return names.reduce<Record<string, unknown>>((at, name) => at[name] as never, this.#description) as T;
  }

  #validator(schema: object): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
    const known = this.#validators.get(text) ?? this.#ajv.compile(JSON.parse(text));
    this.#validators.set(text, known);
    return known;
  }

  #operation(method: string, path: string): Operation {
    const given = path.split('?')[0]?.split('/') ?? [];
    const pattern = Object.keys(this.#description.paths).find((each) => {
      const parts = each.split('/');
      return parts.length === given.length && parts.every((part, index) => part === '{id}' || part === given[index]);
    });
    const operation = this.#description.paths[pattern ?? '']?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${path} is not described.`);
    return operation;
  }

  /** @param body - an object is sent as JSON; a string as it is */
  async ask(
    key: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RestAnswer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** As {@link ask}, for what is described: the answer must be as it says and, where it succeeds, the request too. */
  async call(...[key, method, path, body, headers]: Parameters<DescribedApi['ask']>): Promise<RestAnswer> {
    const operation = this.#operation(method, path);
    const answer = await this.ask(key, method, path, body, headers);
    const described = operation.responses[answer.status];
    expect(described, `${method} ${path} answered ${answer.status}, which is not described`).toBeDefined();
    const { content, headers: promised = {} } = this.#resolve(described as Response);
    for (const name of Object.keys(promised)) expect(answer.headers.has(name), name).toBe(true);
    const type = answer.headers.get('content-type')?.split(';')[0] as string;
    if (content) {
      const validate = this.#validator(content[type]?.schema ?? { not: {} });
      expect(validate(answer.body), `${method} ${path}: ${this.#ajv.errorsText(validate.errors)}`).toBe(true);
    } else expect(answer.body).toBeUndefined();
    if (answer.status < 300 && body !== undefined && operation.requestBody) {
      const validate = this.#validator(operation.requestBody.content['application/json']?.schema as object);
      expect(validate(body), this.#ajv.errorsText(validate.errors)).toBe(true);
    }
    return answer;
  }
}
