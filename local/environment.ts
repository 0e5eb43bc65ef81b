/** Where things are, which language is spoken, and how the network is reached: what any program may need, and no secret of ours. */
const PLAIN =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|LD_LIBRARY_PATH|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT)$/i;

/** What Node reads itself, and what its libraries do: certificates, proxies, sizes, and a PostgreSQL client's own settings. */
const NODE =
  /^(NODE_\w+|UV_\w+|MALLOC_\w+|SSL_CERT_\w+|(HTTPS?|GRPC|NO|NO_GRPC|ALL)_PROXY|GRPC_\w+|OPENSSL_\w+|PG\w+|RUST_\w+|FORCE_COLOR|NO_COLOR)$/i;

/** Settings of the product: keys and passwords are among them. */
const OURS = /^(EVERHOOK_\w+|DATABASE_URL|TEMPORAL_\w+|PG\w+)$/;

function pick(env: NodeJS.ProcessEnv, wanted: (key: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => wanted(key)));
}

/** For a program that knows nothing of us, such as PostgreSQL and Temporal. */
export const plainEnvironment = (env: NodeJS.ProcessEnv = process.env) => pick(env, (key) => PLAIN.test(key));

/** For a process of the product, beside its settings. */
export const nodeEnvironment = (env: NodeJS.ProcessEnv = process.env) =>
  pick(env, (key) => PLAIN.test(key) || NODE.test(key));

/** For a tool that brings or builds something, and has settings of its own that we do not know. */
export const toolEnvironment = (env: NodeJS.ProcessEnv = process.env) => pick(env, (key) => !OURS.test(key));
