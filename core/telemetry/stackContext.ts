import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * The context of what runs now, and only until that first waits. An `AsyncLocalStorage` would keep it beyond that, but before Node 24
 * it costs every promise of the process 10 % of its time. Temporal's client asks for the context at once, which is all that an API
 * process needs.
 */
export class StackContext implements ContextManager {
  #active: Context = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = given;
    try {
      return run.call(self as never, ...args);
    } finally {
      this.#active = before;
    }
  }

  bind<T>(given: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const bound = (...args: unknown[]) => this.with(given, () => target(...args));
    return bound as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#active = ROOT_CONTEXT;
    return this;
  }
}
