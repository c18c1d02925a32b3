"""nunchi: reads Korean market news, forecasts how stocks will react, and scores every forecast."""
