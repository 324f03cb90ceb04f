-- Issuing a password: delivery by the profile, approvals, checking a disputed sheet.
set local role okno_owner;

reset role;
