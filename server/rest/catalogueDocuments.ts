import { asyncApiFormat } from '../../client-sdk/src/catalogue/export/asyncApi.ts';
import type { DocumentFormat } from '../../client-sdk/src/catalogue/export/document.ts';
import { openApiFormat } from '../../client-sdk/src/catalogue/export/openApi.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { AnswerBudget } from '../../core/answers/budgets.ts';
import { FairCache } from '../../core/events/fairCache.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { scopeOf } from '../../schema/scopeArgs.ts';
import type { Services } from '../../schema/services.ts';
import { writtenDocument } from './writtenDocument.ts';

/** What a project's catalogue is described by, below `/v1/`. */
const formats = { 'openapi.json': openApiFormat, 'asyncapi.json': asyncApiFormat } as const;

type File = keyof typeof formats;

export const isCatalogueDocument = (path: string): path is File => Object.hasOwn(formats, path);

/** Characters of the documents that are kept. */
const maxKept = 16 * 1024 * 1024;

/** Refusals that say nothing of the document. */
const isOfReader: ReadonlySet<string> = new Set(['RATE_LIMITED', 'UNAVAILABLE']);

/** A text, with what it was made of. */
interface Written {
  readonly from: string;
  readonly text: string;
}

/** Documents of projects' catalogues. Each is written once for a version of the catalogue, and kept while there is room. */
export class CatalogueDocuments {
  readonly #kept = new FairCache<Written>(maxKept);
  readonly #underWay = new Map<string, Promise<string>>();

  /**
   * The document of one project.
   *
   * @throws ApiError NOT_FOUND where the principal may not see the project; VALIDATION_FAILED without one; LIMIT_EXCEEDED
   */
  async get(
    file: File,
    services: Services,
    principal: Principal,
    query: URLSearchParams,
    answer: AnswerBudget,
  ): Promise<string> {
    const projects = query.getAll('projectId');
    if (projects.length !== 1 || projects[0] === '') {
      throw invalid('projectId', 'Name one project: ?projectId=…');
    }
    const { organizationId, projectId } = await scopeOf({ principal, services }, { projectId: projects[0] });
    if (projectId === null) throw new ApiError('NOT_FOUND', 'There is no such project.', 'projectId');
    const { eventTypes } = services;
    const { types, ...about } = await eventTypes.described({ organizationId, projectId });
    const key = `${file} ${projectId}`;
    const from = JSON.stringify(about);
    const kept = this.#kept.get(organizationId, key);
    if (kept?.from === from) return kept.text;
    const format: DocumentFormat = formats[file];
    const write = async () => {
      const read = await types(answer);
      // References may make a document a hundred times as long as its schemas.
      await answer.reserve();
      const text = await eventTypes.inTurns(organizationId, writtenDocument(format, about, read, answer.maxBytes));
      this.#kept.set(organizationId, key, { from, text }, text.length);
      return text;
    };
    return this.#joined(`${key} ${from}`, write);
  }

  /** Whoever asks for what is being written waits for that. */
  #joined(key: string, write: () => Promise<string>): Promise<string> {
    const known = this.#underWay.get(key);
    // Room that another key was refused may be there for this one.
    if (known) {
      return known.catch((error: unknown) => {
        if (error instanceof ApiError && isOfReader.has(error.code)) return this.#joined(key, write);
        throw error;
      });
    }
    const writing = write().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, writing);
    return writing;
  }
}
