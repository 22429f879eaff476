-- One row per campaign; what Salesforce calls its type is the channel (e-mail, webinar, trade show).

select
    campaign_id,
    campaign_name,
    lower(type) as channel,
    starts_on,
    ends_on,
    budgeted_cost as budget_amount,
    actual_cost as cost_amount
from raw.campaigns
