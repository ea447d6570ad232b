import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownWords } from '../../src/archive/quoted-reply.ts';

const OWN = 'The pier is open.\n\nFrom noon on, that is.';

const ATTRIBUTIONS = [
  'On Fri, Mar 12, 2021 at 10:00 AM Oskar Vane <oskar@mail.example> wrote:',
  'On Fri, Mar 12, 2021 at 10:00 AM Oskar Vane\n<oskar@mail.example> wrote:',
  'On Friday,\n12 March 2021 Oskar Vane <oskar@mail.example>\nwrote:',
  'Am Fr., 12. März 2021 um 10:00 Uhr schrieb Oskar Vane <oskar@mail.example>:',
  'Am 12.03.2021 um 10:00 schrieb Oskar Vane:',
  'Le ven. 12 mars 2021 à 10:00, Oskar Vane <oskar@mail.example> a écrit :',
  'El vie, 12 mar 2021 a las 10:00, Oskar Vane (<oskar@mail.example>) escribió:',
  'Em sex., 12 de mar. de 2021 às 10:00, Oskar Vane <oskar@mail.example> escreveu:',
  'Il giorno ven 12 mar 2021 alle ore 10:00 Oskar Vane <oskar@mail.example> ha scritto:',
  'Op vr 12 mrt. 2021 om 10:00 schreef Oskar Vane <oskar@mail.example>:',
  'W dniu 12.03.2021 o 10:00, Oskar Vane napisał(a):',
  'Dne 12.3.2021 10:00 Oskar Vane napsal(a):',
  'Den fre 12 mars 2021 kl 10:00 skrev Oskar Vane <oskar@mail.example>:',
  'пт, 12 мар. 2021 г. в 10:00, Oskar Vane <oskar@mail.example>:',
  '2021年3月12日(金) 10:00 Oskar Vane <oskar@mail.example>:',
  'tir. 18. apr. 2017 kl. 13:09 skrev Oskar Vane <oskar@mail.example\n>:',
  'On Wed, 14 Nov 2018 08:14:43 -0200 Oskar Vane <oskar@mail.example> wrote',
  '2021-03-12 10:00 GMT+01:00 Oskar Vane <oskar@mail.example>:',
];

for (const attribution of ATTRIBUTIONS) {
  test(`what follows "${attribution.replaceAll('\n', ' / ')}" is another's, marked or not`, () => {
    assert.equal(ownWords(`${OWN}\n\n${attribution}\n\n> Is it open?\n> Oskar\n`), OWN);
    assert.equal(ownWords(`${OWN}\n\n${attribution}\n\nIs it open?\nOskar\n`), OWN);
  });
}

test('answers between quoted lines stay', () => {
  const mail = `Hello,\n\nOn 12 March 2021 Oskar wrote:\n> Is it open?\nYes.\n> From when?\nFrom noon.\n`;

  assert.equal(ownWords(mail), 'Hello,\n\nYes.\nFrom noon.');
});

for (const block of [
  '-----Original Message-----\nFrom: Oskar\nSent: Friday\nTo: Mira\n\nHis words',
  '________________________________\nFrom: Oskar Vane <oskar@mail.example>\nSent: Friday, March 12, 2021 10:00 AM\nTo: Mira\nSubject: Pier\n\nHis words',
  'Von: Oskar Vane <oskar@mail.example>\nGesendet: Freitag, 12. März 2021 10:00\nAn: Mira\nBetreff: Pier\n\nSeine Worte',
  'De : Oskar Vane\nEnvoyé : vendredi 12 mars 2021\nÀ : Mira\nObjet : Pier\n\nSes mots',
  '*From:* Oskar Vane\n*Sent:* Friday\n*To:* Mira\n\nHis words',
  '---------- Forwarded message ---------\nFrom: Oskar\nDate: Fri\nSubject: Pier\nTo: Mira\n\nHis words',
  '-------- Weitergeleitete Nachricht --------\nBetreff: Pier\nVon: Oskar\n\nSeine Worte',
  '----- Nachricht aus einem fremden Programm -----\nVon: Oskar\nAn: Mira\nDatum: heute\n\nSeine Worte',
  'Date: Thu, 26 Jun 2014 13:53:45 +0400\nSubject: Pier\nFrom: oskar@mail.example\nTo: mira@mail.example\n\nHis words',
  '---- On Wed, 24 Feb 2021 14:02:50 +0530 oskar@mail.example wrote ----\n\nHis words',
  '      De : Oskar Vane <oskar@mail.example>\n À\u00a0 : Mira\n Envoyé le : vendredi\n\nSes mots',
  '_______________________________________________\npier mailing list\npier@mail.example',
  'Gesendet von Outlook für Android<https://aka.example/a>\n\nSeine Worte',
  '—————\nMira Quill\nKeeper',
  'Begin forwarded message:\n\nFrom: Oskar\n\nHis words',
  '-- \nMira Quill\nKeeper of the pier',
  '--\nMira Quill',
]) {
  test(`"${block.split('\n').slice(0, 2).join(' / ')}" ends what is one's own`, () => {
    assert.equal(ownWords(`${OWN}\n\n${block}\n`), OWN);
  });
}

for (const footer of [
  'Sent from my iPhone',
  'Get Outlook for Android',
  'Von meinem iPhone gesendet',
  'Envoyé de mon iPhone',
  'Enviado desde mi iPhone',
  'Inviato da iPhone',
  'Verstuurd vanaf mijn iPhone',
  'Skickat från min iPhone',
  'Отправлено с iPhone',
  "iPhone'umdan gönderildi",
  'CONFIDENTIALITY NOTICE: This e-mail is for you alone.\nReally.',
  'Diese E-Mail enthält vertrauliche Informationen.',
  'Ce message et ses pièces jointes sont confidentiels.',
  '_______\nSent from Yahoo Mail on Android',
]) {
  test(`"${footer.split('\n')[0]}" goes`, () => {
    assert.equal(ownWords(`${OWN}\n\n${footer}\n`), OWN);
  });
}

for (const words of [
  'I sent from my phone what you asked for, and from my desk the rest.',
  'From: here to there is a long way',
  'Three things:\n- rope\n- tar\n- a lamp',
  'It was said in 2019 that:\n\nthe pier would open',
  '--- not a signature',
  'Time: 10:00\nPlace: the pier',
]) {
  test(`"${words.split('\n')[0]}" stays`, () => assert.equal(ownWords(words), words));
}

test('no mail makes it slow', () => {
  const mails = [
    'On '.repeat(20_000),
    '>'.repeat(60_000),
    'a@'.repeat(30_000),
    `${'-----a '.repeat(50)}\n`.repeat(200),
    'From: a\n'.repeat(8000),
    ' '.repeat(60_000),
  ];
  const start = process.cpuUsage();

  for (const mail of mails) ownWords(`${mail}:`);

  assert.ok(process.cpuUsage(start).user < 4_000_000); // microseconds; of the processor, as a busy machine waits
});

test('whatever comes in, only whole lines of it come out', () => {
  const line = fc.constantFrom(
    '',
    'words',
    '> quoted',
    'On 1 May 2021 Ann wrote:',
    'From: a',
    'To: b',
    'Sent: c',
    '-- ',
    '-----',
    ':',
    'Sent from my iPad',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      const whole = new Set(lines.flatMap((one) => one.split(/\r\n?|\n/)).map((one) => one.trim()));

      assert.ok(
        ownWords(lines.join('\n'))
          .split('\n')
          .every((one) => one === '' || whole.has(one.trim())),
      );
    }),
  );
});
