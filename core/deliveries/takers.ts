/** What says which events a webhook gets. */
interface Taker {
  readonly projectId: string | null;
  readonly takes: (eventType: string) => boolean;
  readonly listener: boolean;
}

/** Webhooks in the lists that are kept; beyond, the lists are made anew. */
const maxKept = 200_000;

/**
 * Finds the webhooks that take an event, each time anew for a new pair of project and type. Listeners' patterns are matched once
 * for each type, whatever its project: the lists are forgotten when there are too many, what was matched is not.
 */
export function takersOf<T extends Taker>(webhooks: readonly T[]) {
  const listeners = webhooks.filter(({ listener }) => listener);
  const listening = new Map<string, ReadonlySet<T>>();
  const lists = new Map<string, readonly T[]>();
  let kept = 0;

  function listeningTo(eventType: string): ReadonlySet<T> {
    let found = listening.get(eventType);
    if (!found) {
      found = new Set(listeners.filter((listener) => listener.takes(eventType)));
      listening.set(eventType, found);
    }
    return found;
  }

  /** @returns the project's and the organization-wide webhooks that take this type */
  return (projectId: string | null, eventType: string): readonly T[] => {
    const key = `${projectId ?? ''} ${eventType}`;
    const known = lists.get(key);
    if (known) return known;
    const listened = listeningTo(eventType);
    const found = webhooks.filter(
      (webhook) =>
        (webhook.projectId === null || webhook.projectId === projectId) &&
        (webhook.listener ? listened.has(webhook) : webhook.takes(eventType)),
    );
    kept += found.length + 1;
    if (kept > maxKept) {
      lists.clear();
      kept = found.length + 1;
    }
    lists.set(key, found);
    return found;
  };
}
