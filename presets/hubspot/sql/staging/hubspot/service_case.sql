-- One row per ticket.
--
-- What a ticket is about is a list that every company writes itself: what is not recognised is an inquiry.

select
    ticket.ticket_id as case_id,
    customer.customer_key,
    case
        when lower(ticket.category) like '%complaint%' then 'complaint'
        when lower(ticket.category) like '%repair%' then 'repair'
        when lower(ticket.category) like '%claim%' then 'claim'
        when lower(ticket.category) like '%return%' then 'return'
        else 'inquiry'
    end as kind,
    lower(ticket.channel) as channel,
    ticket.opened_at,
    ticket.closed_at
from raw.tickets as ticket
left join staging.ticket_customer as customer
    on ticket.ticket_id = customer.ticket_id
