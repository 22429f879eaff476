-- One row per campaign, customer and moment at which one of its contacts or leads was added to the campaign.

with

member as (
    select
        member.campaign_id,
        record.customer_key,
        member.touched_at,
        member.responded_at
    from raw.campaign_members as member
    left join staging.customer_record as record
        on record.source_system = case when member.contact_id is not null then 'contact' else 'lead' end
        and coalesce(member.contact_id, member.lead_id) = record.source_customer_id
)

select
    member.campaign_id,
    member.customer_key,
    'treatment' as arm,
    member.touched_at,
    min(campaign.channel) as channel,
    min(member.responded_at) as responded_at
from member
left join staging.campaign as campaign
    on member.campaign_id = campaign.campaign_id
group by member.campaign_id, member.customer_key, member.touched_at
