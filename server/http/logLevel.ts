import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../core/access/principal.ts';
import { tenantOf } from '../../core/access/tenant.ts';
import type { LogLevelControl, WantedLevel } from '../../core/composition/logLevel.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { type LogLevel, logLevels } from '../../core/ground/logLevel.ts';
import { readJsonBody } from '../../core/json/body.ts';
import { isObject } from '../../core/json/isObject.ts';
import { isJsonOrPatch, requireJson } from './contentType.ts';
import type { Presenter } from './present.ts';
import { refusedFor } from './refusal.ts';
import { replyError, replyJson } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf } from './requestNotes.ts';

/** Where the operator reads and changes the level of all processes' logs. */
export const logLevelPath = '/log-level';

const usualMinutes = 30;
const maxMinutes = 24 * 60;

/** GET shows the level that is wanted now, PUT changes it for a while: `{"level": "debug", "minutes": 10}`. */
export function createLogLevelHandler(parts: {
  readonly control: LogLevelControl;
  authenticate(request: IncomingMessage, response: ServerResponse): Promise<{ readonly principal: Principal }>;
  read(request: IncomingMessage, tenant: string): Promise<string>;
  readonly presenter: Presenter;
}) {
  const { control, presenter } = parts;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<WantedLevel | null> {
    const { principal } = await parts.authenticate(request, response);
    notesOf(request).principal = principal;
    if (principal.kind !== 'OPERATOR') {
      throw new ApiError('FORBIDDEN', 'Only the operator reads and changes the level of the logs.');
    }
    if (request.method !== 'PUT') return control.current();
    requireJson(request, isJsonOrPatch);
    const { level, minutes } = wantedOf(await parts.read(request, tenantOf(principal)));
    return control.want(level, minutes);
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!['GET', 'PUT'].includes(request.method ?? '')) {
        const reason = invalid('method', 'The level is read by GET and changed by PUT.');
        return replyError(response, reason, { status: 405, headers: { allow: 'GET, PUT' } });
      }
      replyJson(response, 200, (await answer(request, response)) ?? { level: null, until: null });
    } catch (error) {
      const { status, headers, body } = refusedFor(error, presenter, requestIdOf(request));
      replyJson(response, status, body, request.complete ? headers : { ...headers, connection: 'close' });
    }
  };
}

function wantedOf(text: string): { readonly level: LogLevel | null; readonly minutes: number } {
  const { value, problem } = readJsonBody(text);
  if (problem !== null) throw problem;
  const { level, minutes = usualMinutes, ...others } = isObject(value) ? value : {};
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(other.slice(0, 100), 'There are only "level" and "minutes".');
  if (level !== null && !logLevels.includes(level as LogLevel)) {
    throw invalid('level', `Must be one of ${logLevels.join(', ')}, or null for what is configured.`);
  }
  if (!Number.isInteger(minutes) || (minutes as number) < 1 || (minutes as number) > maxMinutes) {
    throw invalid('minutes', `Must be a whole number from 1 to ${maxMinutes}.`);
  }
  return { level: level as LogLevel | null, minutes: minutes as number };
}
