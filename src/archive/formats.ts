/** Every export that can be read. A service is one file in formats/ and one line here. */
import type { Format } from './format.ts';
import { blogger } from './formats/blogger.ts';
import { bluesky } from './formats/bluesky.ts';
import { discord } from './formats/discord.ts';
import { facebook } from './formats/facebook.ts';
import { gmail } from './formats/gmail.ts';
import { googleChat } from './formats/google-chat.ts';
import { hangouts } from './formats/hangouts.ts';
import { instagram } from './formats/instagram.ts';
import { mastodon } from './formats/mastodon.ts';
import { reddit } from './formats/reddit.ts';
import { telegram } from './formats/telegram.ts';
import { tumblr } from './formats/tumblr.ts';
import { whatsapp } from './formats/whatsapp.ts';
import { wordpress } from './formats/wordpress.ts';
import { x } from './formats/x.ts';

export const FORMATS: readonly Format[] = [
  discord,
  facebook,
  gmail,
  googleChat,
  hangouts,
  instagram,
  telegram,
  whatsapp,
  x,
  mastodon,
  bluesky,
  wordpress,
  blogger,
  reddit,
  tumblr,
];
