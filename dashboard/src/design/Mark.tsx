/** Everhook's logo. */
export function Mark() {
  return (
    <svg aria-hidden="true" width="30" height="30" viewBox="0 0 32 32">
      <rect width="32" height="32" rx="8" fill="#3b5bdb" />
      <path
        d="M20 7v10a5.500 5.500 0 1 1-11 0v-1.500m0 0 3.200 2.600M20 7a2.600 2.600 0 1 0 0-.01"
        fill="none"
        stroke="#fff"
        strokeWidth="2.600"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
