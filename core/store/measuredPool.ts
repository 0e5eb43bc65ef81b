import pg from 'pg';

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;
type Connect = (callback?: Callback) => Promise<pg.PoolClient> | undefined;

/** A pool that says how long queries waited for a connection. Queries that found a free one cost nothing. */
export class MeasuredPool extends pg.Pool {
  /** Called when a query has its connection, or is refused one, if none was free. */
  onWaited: (durationMs: number) => void = () => {};

  constructor(config: pg.PoolConfig) {
    super(config);
    const connect = this.connect.bind(this) as Connect;
    const measured: Connect = (callback) => {
      if (this.idleCount > this.waitingCount) return connect(callback);
      const beganAt = performance.now();
      const waited = () => this.onWaited(performance.now() - beganAt);
      if (callback) {
        return connect((error, client, done) => {
          waited();
          callback(error, client, done);
        });
      }
      const connected = connect() as Promise<pg.PoolClient>;
      connected.then(waited, waited);
      return connected;
    };
    // The driver's `connect` has overloads that a method of this class would have to repeat.
    this.connect = measured as typeof this.connect;
  }
}
