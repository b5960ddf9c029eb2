/**
 * The plain words that a sentence may hold without a claim. The list is an allow-list on purpose: a name that an
 * invented host or user carries is no plain word, so what is not in here has to stand in the claim's cells.
 * Left out are words that are also given names (mark, will, grant), account names (admin, root, guest, test) and
 * everything in `closed-words.ts`.
 */
const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Words that keep their meaning even when evidence holds an entity of that name (a user called `process`). */
const core = words(`
  a an the this that these those it its they them their there here he she his her we our i
  and or but as if than also plus
  of in on at by to from into onto with via using through for between within among along across per against toward
  towards out off up down under inside outside upon
  is are was were be been being has have had having do does did done
  who whom whose which what where how
  event record row entry log source target origin destination host hostname machine computer device endpoint server
  client sensor user account name domain group member session logon login logoff logout sign process parent child
  program binary executable image module library driver thread command line argument script content file folder
  directory path object bucket registry key value service task job connection network traffic address port protocol
  packet flow byte interval image feed job script application protocol email subject detail data lease
  desktop shell creation deletion rename injection remote empty unknown act
  provider schedule scheduled detection authentication authorization share update query lookup answer request response method agent url status type class category code id identifier
  number count sum hash certificate subject issuer message mail sender recipient cloud region api operation call
  resource role policy permission token time date window period evidence finding alert activity action access change
  pid ip dns http utc uid
  start stop run execute end sum launch create delete remove modify open close read write send receive connect log access load
  spawn exit end begin use see show hold stand list find found seen shown held name record report observe happen occur
  started stopped ran run began begun made make sent wrote written read gave given went go came come left took taken
  got get kept keep set put`);

const common = words(`
  able accept acquire act active actor actual actually add addition adjust advance affect aggregate allocate alongside
  alter among amount analysis analyst annotate answer append apply archive array arrive ask assess assign associate
  assume attach attribute audit authenticate authentication automatic automatically available background base basic
  batch become behave behaviour behavior belong block body boot bring browse browser build bulk burst carry central
  check choose clear cleared collect column combine come compare component compress computer concern configuration
  configure confirm connect consist console contact contain context continue control convert copy correlate correspond
  cover credential  cycle data database  decode decrypt default define deliver deny depend deploy derive
  describe description detail detect determine develop direct direction disable disconnect discover display distribute
  document download drop  dump  edit elevate  emit enable encode encounter encrypt enrol enter
  environment error establish examine example exchange exist expand expire explain export expose extend extension
   extract fetch field filter fire firewall flag focus form format forward function further gather general
  generate group handle handler head header  history  identify identity import include incoming inbound
  outbound outgoing incident increase decrease indicator individual inform information inherit initiate inject input
  insert inspect install instance integrity interactive interface  internet interval investigate
  investigation invoke involve issue item join kernel kind know known label language  launch layer lead learn
  length level limit link listen local locate location lock  look  machine main maintain manage manager map
  match material matter mean measure media memory mention method migrate  mode model monitor  mount move
    node note notice obtain occur offer office operate operating operator option original output owner own
  package page pair parameter part participate partition pass password pattern pause perform period permit person
  phase physical pipe place plain platform play point pool position post prepare present presence preserve print
  privilege  procedure produce product profile project promote prompt protect prove provide provider proxy
  public publish pull push quantity question queue raise range rate raw reach react receive refer reference register
  registration relate relation relay release remote rename render renew repair repeat replace replicate reply request
  require reset resolve restart restore restrict result resume retain retrieve return reveal review revoke route router
  rule runtime sample save scan schedule scheduled scope screen search  section security segment select separate
  sequence serial serve share shared shell  side signal signature signed site size  snapshot socket software
  space specific specify stage standard state statement station step storage store stored stream string structure
  submit summary supply support suspend switch system table tenant terminal terminate text ticket timeline together
  tool trace track transfer transmit transport tree trigger trust turn unit unknown unlock unsigned update upgrade
  upload usage utility  validate variable vendor verify version view virtual visible visit volume wait way web
   well whether wide work workstation write written  zone
  assessment worth deserve review follow-up consider recommend recommended look closer further analyst human team
  tactic technique procedure pattern overall picture story interest  relevant relation related relationship
  account-related process-related network-related worth-reviewing attention warrant merit need needs needed help
  understand understanding explained explanation context plausible question open
  logs kinds interactive-style service-like tool-like`);

const irregular: ReadonlyMap<string, string> = new Map([
  ['lay', 'lie'],
  ['chose', 'choose'],
  ['chosen', 'choose'],
  ['known', 'know'],
  ['knew', 'know'],
  ['held', 'hold'],
  ['brought', 'bring'],
  ['built', 'build'],
  ['meant', 'mean'],
  ['led', 'lead'],
  ['forwarding', 'forward'],
  ['indices', 'index'],
]);

const longestWord = 24;
const endings: readonly (readonly [string, readonly string[]])[] = [
  ['ies', ['y']],
  ['ied', ['y']],
  ['es', ['', 'e']],
  ['s', ['']],
  ['ed', ['', 'e']],
  ['ing', ['', 'e']],
  ['ly', ['']],
  ['er', ['', 'e']],
];

/** The forms that a word may be an inflection of: `queries` → query, `logged` → log, `using` → use. */
function stems(word: string): readonly string[] {
  const found = [word];
  const known = irregular.get(word);
  if (known !== undefined) found.push(known);
  for (const [ending, replacements] of endings) {
    if (!word.endsWith(ending) || word.length < ending.length + 2) continue;
    const stem = word.slice(0, -ending.length);
    for (const replacement of replacements) found.push(stem + replacement);
    if (stem.at(-1) === stem.at(-2)) found.push(stem.slice(0, -1));
  }
  return found;
}

/** core: plain whatever evidence holds; common: plain unless evidence holds an entity of that name. Lower case only. */
export function plainness(word: string): 'core' | 'common' | undefined {
  if (word.length > longestWord) return undefined;
  const forms = stems(word);
  if (forms.some((form) => core.has(form))) return 'core';
  return forms.some((form) => common.has(form)) ? 'common' : undefined;
}
