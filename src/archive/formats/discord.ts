/** Discord: its own data package, and channels saved by DiscordChatExporter. */
import { readSavedChannel, savedChannels } from '../discord-chat-exporter.ts';
import { channelFiles, packageOwner, readPackage } from '../discord-package.ts';
import type { Format } from '../format.ts';
import { isAmong } from '../identity.ts';

export const discord: Format = {
  name: 'discord',
  sources: [
    {
      service: 'Discord',
      where: 'User settings, Data & privacy, Request all of my data (messages are enough)',
      drop: 'package.zip',
    },
  ],

  async detect(archive) {
    return channelFiles(archive).length > 0 || (await savedChannels(archive)).length > 0;
  },

  /** Of the package; saved channels alone do not say whose they are. */
  async owner(archive) {
    return channelFiles(archive).length > 0 ? [await packageOwner(archive)] : [];
  },

  async *read(archive, me) {
    const isMe = isAmong([...me, ...(await discord.owner(archive))]);
    if (channelFiles(archive).length > 0) yield* readPackage(archive);
    for (const entry of await savedChannels(archive)) yield* readSavedChannel(entry, isMe);
  },
};
