-- Contacts: several phones and e-mails with a purpose, three ways of confirming, taking a change back.
set local role okno_owner;

reset role;
