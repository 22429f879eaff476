-- One row per campaign, customer and moment at which it was sent something.
--
-- Every event of a mail names the event that sent it. Machines that open every mail are not customers. A recipient
-- that is no contact, or is one no more, is unknown.

with

mail as (
    select
        campaign_id,
        coalesce(sent_id, event_id) as mail_id,
        min(coalesce(sent_at, occurred_at)) as touched_at,
        min(recipient) as recipient,
        coalesce(bool_or(type = 'OPEN' and by_machine is not true), false) as opened,
        coalesce(bool_or(type = 'CLICK' and by_machine is not true), false) as clicked,
        min(case when type = 'CLICK' and by_machine is not true then occurred_at end) as responded_at
    from raw.email_events
    group by campaign_id, coalesce(sent_id, event_id)
),

address as (
    select
        contact.email,
        min(record.survivor_id) as contact_id
    from raw.contacts as contact
    inner join staging.contact_record as record
        on contact.contact_id = record.contact_id
    where contact.email is not null
    group by contact.email
)

select
    mail.campaign_id,
    case when address.contact_id is not null then 'contact-' || address.contact_id end as customer_key,
    'treatment' as arm,
    mail.touched_at,
    'email' as channel,
    bool_or(mail.opened) as opened,
    bool_or(mail.clicked) as clicked,
    min(mail.responded_at) as responded_at
from mail
left join address
    on mail.recipient = address.email
group by mail.campaign_id, address.contact_id, mail.touched_at
