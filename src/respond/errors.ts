import { errorCatalogue } from '../contracts/index.ts';

export const respondErrors = errorCatalogue('respond', {
  channel_unknown: { status: 404, meaning: "No channel of the caller's tenant has this name." },
  delivery_unknown: {
    status: 404,
    meaning: "No delivery of the caller's tenant has this id; those that ended are kept for 30 days.",
  },
  delivery_alive: { status: 409, meaning: 'The delivery is not dead: it was made, or will be tried again.' },
  channel_gone: { status: 410, meaning: 'The channel of the delivery was removed.' },
  channels_full: { status: 409, meaning: 'The tenant has as many channels as it may have.' },
  conditions_full: { status: 409, meaning: 'The tenant has as many open conditions as are kept.' },
  answered: {
    status: 502,
    retryable: true,
    meaning: 'The webhook answered with another status than 200 to 299.',
  },
  redirected: {
    status: 502,
    retryable: true,
    meaning: 'The webhook answered with a redirect, which is not followed: set the URL that it leads to.',
  },
  smtp_missing: { status: 409, meaning: 'There is no mail server: set smtp.url.' },
  smtp_url: { status: 500, meaning: 'smtp.url can not be read: smtp://user:password@host:587 or smtps://….' },
  smtp_refused: { status: 502, retryable: true, meaning: 'The mail server refused the message.' },
  smtp_partly: { status: 502, meaning: 'The mail server refused some of the recipients; the others got it.' },
  smtp_login: {
    status: 502,
    retryable: true,
    meaning: 'The mail server refused user or password of smtp.url.',
  },
  smtp_tls: {
    status: 502,
    retryable: true,
    meaning: 'TLS with the mail server did not come about; a password is never sent without it.',
  },
  smtp_broken: { status: 502, retryable: true, meaning: 'The mail server broke off or answered nonsense.' },
  out_of_time: { status: 504, retryable: true, meaning: 'The delivery took longer than its limit.' },
  expired: { status: 504, meaning: 'The notice could not be delivered within a day.' },
  backlog_full: { status: 503, meaning: 'Too many notices waited for the channel when this one came.' },
  sealed: {
    status: 500,
    meaning: 'What is kept sealed of a channel can not be opened: set the channel again.',
  },
  failed: { status: 500, retryable: true, meaning: 'The delivery failed by a fault of the program.' },
});
