import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';

/** Statuses whose answers have no body. */
const bodiless = new Set([101, 204, 205, 304]);

/** `fetch` by an agent, as far as it is used here: a text as the body, and answers that fit into memory. */
export const fetchThrough =
  (agent: Agent): typeof fetch =>
  async (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { method = 'GET', headers, body, signal, redirect } = init;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, agent, headers: Object.fromEntries(new Headers(headers)), ...(signal && { signal }) };
      const sent = send(url, options, resolve).once('error', reject);
      // Otherwise the proxy's refusal would look like the service's answer.
      sent.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
        if (statusCode !== 200) sent.destroy(new Error(`The proxy refuses: it answers ${statusCode}.`));
      });
      sent.end(body ?? undefined);
    });
    const status = answer.statusCode ?? 0;
    const content = await buffer(answer);
    if (redirect === 'error' && status >= 300 && status < 400) throw new TypeError('It answers with a redirect.');
    const kept = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    return new Response(bodiless.has(status) ? null : content, { status, headers: Object.fromEntries(kept) });
  };
