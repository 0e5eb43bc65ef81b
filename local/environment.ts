/** Variables that any program may need: paths, language and network. None holds a secret of ours. */
const plainNames =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|LD_LIBRARY_PATH|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT)$/i;

/** Variables that Node and its libraries read: certificates, proxies, sizes, and a PostgreSQL client's own settings. */
const nodeNames =
  /^(NODE_\w+|UV_\w+|MALLOC_\w+|SSL_CERT_\w+|(HTTPS?|GRPC|NO|NO_GRPC|ALL)_PROXY|GRPC_\w+|OPENSSL_\w+|PG\w+|RUST_\w+|FORCE_COLOR|NO_COLOR)$/i;

/** Settings of the product, with keys and passwords among them. */
const productNames = /^(EVERHOOK_\w+|DATABASE_\w+|TEMPORAL_\w+|OTEL_\w+|PG\w+)$/;

function pick(env: NodeJS.ProcessEnv, wanted: (key: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => wanted(key)));
}

/** For a program that knows nothing of Everhook, such as PostgreSQL and Temporal. */
export const plainEnvironment = (env: NodeJS.ProcessEnv = process.env) => pick(env, (key) => plainNames.test(key));

/** For a process of the product, beside its settings. */
export const nodeEnvironment = (env: NodeJS.ProcessEnv = process.env) =>
  pick(env, (key) => plainNames.test(key) || nodeNames.test(key));

/** For a tool that downloads or builds something, and has settings of its own that we do not know. */
export const toolEnvironment = (env: NodeJS.ProcessEnv = process.env) => pick(env, (key) => !productNames.test(key));
