/** How a receiver verifies a profile's requests, without packages of ours. */
export interface ReceiverCode {
  readonly node: string;
  readonly python: string;
  readonly go: string;
}
