/** What each kind of credential is for, in a few words. */
export const TOKEN_KINDS: Record<string, { word: string; text: string }> = {
  user: { word: 'User', text: 'Acts as its user, within its scopes.' },
  machine: { word: 'Machine', text: 'Connects one daemon, and nothing else.' },
  subtoken: { word: 'Machine subtoken', text: 'Lets named users reach one machine, beside their own token.' },
  execution: { word: 'Library execution', text: 'Runs one library, or one function of it, and can do nothing else.' },
  enrolment: { word: 'Enrolment code', text: 'Brings one machine in, once.' },
  login: { word: 'Sign-in code', text: 'Signs one user in, once.' },
  session: { word: 'Console session', text: 'This browser, while you are signed in.' },
};
