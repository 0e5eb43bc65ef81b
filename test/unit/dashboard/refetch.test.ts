import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import { refetch } from '../../../dashboard/src/shell/refetch.ts';

describe('what is shown, after a change', () => {
  /** A query that is shown, and the answers of its fetches, each given by hand. */
  function shown() {
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 5_000 } } });
    const asked: { answer(data: string): void; fail(): void }[] = [];
    const queryFn = () =>
      new Promise<string>((resolve, reject) => {
        asked.push({ answer: resolve, fail: () => reject(new Error('away')) });
      });
    const observer = new QueryObserver(queries, { queryKey: ['delivery', 'a'], queryFn });
    const end = observer.subscribe(() => {});
    return { queries, asked, data: () => observer.getCurrentResult().data, end };
  }

  it('is fetched again after its first fetch, which had begun before: once, however many changes there were', async () => {
    const { queries, asked, data, end } = shown();
    for (let change = 0; change < 5; change++) refetch(queries, ['delivery']);
    expect(asked).toHaveLength(1);
    asked[0]?.answer('pending');
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]?.answer('delivered');
    await vi.waitFor(() => expect(data()).toBe('delivered'));
    // A later change is like any other.
    refetch(queries, ['delivery', 'a']);
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    asked[2]?.answer('again');
    await vi.waitFor(() => expect(data()).toBe('again'));
    expect(asked).toHaveLength(3);
    end();
  });

  it('is fetched at once where it has data, in place of a fetch that began before', async () => {
    const { queries, asked, data, end } = shown();
    asked[0]?.answer('pending');
    await vi.waitFor(() => expect(data()).toBe('pending'));
    refetch(queries, ['delivery']);
    refetch(queries, ['delivery']);
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    asked[2]?.answer('delivered');
    asked[1]?.answer('retrying');
    await vi.waitFor(() => expect(data()).toBe('delivered'));
    end();
  });

  it('says that it could not be fetched, and is not asked for without end', async () => {
    const { queries, asked, end } = shown();
    refetch(queries, ['delivery']);
    asked[0]?.fail();
    await vi.waitFor(() => expect(queries.getQueryState(['delivery', 'a'])?.status).toBe('error'));
    expect(asked).toHaveLength(1);
    end();
  });

  it('is nobody else’s', async () => {
    const { queries, asked, end } = shown();
    refetch(queries, ['webhooks']);
    asked[0]?.answer('pending');
    await vi.waitFor(() => expect(queries.isFetching()).toBe(0));
    expect(asked).toHaveLength(1);
    end();
  });
});
