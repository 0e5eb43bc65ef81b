export default {
  signIn: {
    title: 'Sign in to Everhook',
    key: 'Operator key, API key or JWT',
    hint: 'npm start prints the operator key. API keys are made under Settings.',
    enterKey: 'Enter a key.',
    submit: 'Sign in',
    busy: 'Signing in…',
    stays: 'You stay signed in on this browser, in all its tabs, until you sign out.',
  },
  ended: {
    SIGNED_OUT: 'You were signed out in another tab.',
    ENDED: 'You were signed out: somebody who may has ended this session.',
    IDLE: 'You were signed out: nothing was done here for too long.',
    EXPIRED: 'You were signed out: the session has reached its end.',
    KEY_ENDED: 'You were signed out: the key has expired or was revoked.',
    REUSED: 'You were signed out: somebody may have copied your session. If you cannot explain it, tell your operator.',
    ISSUER_ENDED: 'You were signed out: your identity provider has ended this session.',
    ISSUER_AWAY: 'You were signed out: your identity provider could not be asked for 15 minutes.',
  },
  signOutFailed:
    'The server could not be reached, so you may still be signed in. Open this page again when it is back, and sign out.',
} as const;
