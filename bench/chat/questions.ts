/** What is said to the persona: openings of a conversation, each with a word of its own. */

const FORMS = [
  'What is %?',
  'Tell me of %.',
  'And what of %, then?',
  'Do you believe in %?',
  'I have been thinking about %.',
];

const WORDS =
  `hope love death money war peace marriage friendship truth beauty justice science art music religion politics
  history reason faith virtue charity courage fear anger envy pride youth age wisdom folly sleep work idleness luck fate
  time memory silence gossip fame honor law liberty power wealth poverty health medicine travel home winter summer rain
  the_sea the_moon bread wine coffee dogs cats horses birds gardens books newspapers letters poets lawyers doctors kings
  soldiers priests teachers children neighbors strangers ghosts dreams the_devil heaven success failure patience prudence
  punctuality politeness conversation laughter tears breakfast the_theatre the_opera elections taxes progress machinery
  the_telegraph railways ships islands cities villages bridges ruins mirrors clocks umbrellas hats shoes dinner dancing
  hunting fishing painting grammar spelling critics genius mediocrity bores debt credit insurance banks inheritance
  divorce widows bachelors twins cousins uncles babies schools examinations mathematics philosophy astronomy chemistry
  geography maps mountains rivers deserts storms fire smoke dust gold silver diamonds glass paper ink pens`
    .split(/\s+/)
    .map((word) => word.replace('_', ' '));

/** The first half of the words is for teaching, the second for asking afterwards. */
const HALF = Math.floor(WORDS.length / 2);

export function teachingQuestion(number: number): string {
  return question(WORDS[number % HALF]!, number);
}

/** 0, 1, …: other words, so that nothing was taught about them. */
export function testQuestion(number: number): string {
  return question(WORDS[HALF + (number % (WORDS.length - HALF))]!, Math.floor(number / (WORDS.length - HALF)) + number);
}

const question = (word: string, form: number) => FORMS[form % FORMS.length]!.replace('%', word);
